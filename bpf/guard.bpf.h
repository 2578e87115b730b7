/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The guard: VXLAN for this node that no peer may send, told from everything else. */
#ifndef SHAPER_GUARD_BPF_H
#define SHAPER_GUARD_BPF_H

#include "count.bpf.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#define VXLAN_FLAG_VNI 0x08 /* RFC 7348 section 5: the I flag */

struct vxlanhdr {
	__u8 flags;
	__u8 reserved[3];
	__be32 vni; /* 24 bits and 8 reserved */
};

/* What is not a drop reason: none of ours, and VXLAN that may enter. */
#define GUARD_OTHER  SHAPER_DROP_REASONS
#define GUARD_ENTERS (SHAPER_DROP_REASONS + 1)

/* Who sent what enters, in which network. */
struct origin {
	struct generation gen;
	__u32 peer;
	__u32 slice_key;
	const struct shaper_slice *slice;
};

/* The UDP header of a whole datagram for this node's tunnel endpoint, and who sent it; or NULL. */
inline_ struct udphdr *find_udp(void *data, void *data_end, const struct shaper_settings *node,
				struct shaper_peer_key *sender)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > data_end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end || ip->protocol != IPPROTO_UDP || ip->ihl < 5 ||
		    ip->frag_off & bpf_htons(0x3fff) || ip->daddr != *(__u32 *)(node->local + 12))
			return 0;
		sender->address[10] = sender->address[11] = 0xff;
		memcpy(sender->address + 12, &ip->saddr, 4);
		return (void *)ip + ip->ihl * 4;
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = (void *)(eth + 1);
		const __u32 *own = (const __u32 *)node->local;

		if ((void *)(ip + 1) > data_end || ip->nexthdr != IPPROTO_UDP)
			return 0;
		const __u32 *to = ip->daddr.in6_u.u6_addr32;

		if (to[0] != own[0] || to[1] != own[1] || to[2] != own[2] || to[3] != own[3])
			return 0;
		memcpy(sender->address, &ip->saddr, 16);
		return (void *)(ip + 1);
	}
	return 0;
}

/* Why the packet may not enter, as enum shaper_drop; GUARD_OTHER; or GUARD_ENTERS, and from where.
 */
inline_ __u32 guard(void *data, void *data_end, struct origin *from)
{
	struct shaper_peer_key sender = {};

	if (!generation_now(&from->gen))
		return GUARD_OTHER;
	struct udphdr *udp = find_udp(data, data_end, from->gen.settings, &sender);

	if (!udp || (void *)(udp + 1) > data_end || udp->dest != from->gen.settings->udp_port)
		return GUARD_OTHER;
	struct vxlanhdr *vxlan = (void *)(udp + 1);

	if ((void *)(vxlan + 1) > data_end || !(vxlan->flags & VXLAN_FLAG_VNI))
		return SHAPER_DROP_BAD_VXLAN;
	sender.slot = from->gen.slot;
	const __u32 *peer = bpf_map_lookup_elem(&peer_index, &sender);

	if (!peer)
		return SHAPER_DROP_NOT_PEER;
	struct shaper_vni_key key = { .vni = bpf_ntohl(vxlan->vni) >> 8, .slot = from->gen.slot };
	const __u32 *slice_key = bpf_map_lookup_elem(&vnis, &key);

	if (!slice_key)
		return SHAPER_DROP_WRONG_VNI;
	from->peer = *peer;
	from->slice_key = *slice_key;
	from->slice = slice_at(from->gen.slot, from->slice_key);
	return from->slice && shares_slice(from->slice, from->peer) ? GUARD_ENTERS
								    : SHAPER_DROP_WRONG_VNI;
}

#endif
