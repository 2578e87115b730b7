/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ways out: a port of this node, a peer, or a copy to each of a slice's. */
#ifndef SHAPER_DELIVER_BPF_H
#define SHAPER_DELIVER_BPF_H

#include "count.bpf.h"
#include "fdb.bpf.h"

inline_ int deliver_to_port(struct __sk_buff *skb, const struct shaper_port *port)
{
	if (port->vlan) {
		if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), port->vlan))
			return drop(SHAPER_DROP_NO_DESTINATION);
	} else if (port->flags & SHAPER_PORT_PEER) {
		/* Skips the receiving namespace's backlog. */
		return bpf_redirect_peer(port->ifindex, 0);
	}
	return bpf_redirect(port->ifindex, 0);
}

/* Sets where the vxlan device shall send the frame, and how its outer header shall look. */
inline_ bool aim(struct __sk_buff *skb, const struct shaper_settings *node, __u32 slot, __u32 peer,
		 __u32 vni, __u8 tos)
{
	__u32 key = slot * SHAPER_MAX_PEERS + peer % SHAPER_MAX_PEERS;
	const struct shaper_peer *to = bpf_map_lookup_elem(&peers, &key);
	struct bpf_tunnel_key tunnel = { .tunnel_id = vni, .tunnel_tos = tos, .tunnel_ttl = 64 };

	if (!to)
		return false;
	if (node->flags & SHAPER_UNDERLAY_V6) {
		memcpy(tunnel.remote_ipv6, to->address, 16);
		memcpy(tunnel.local_ipv6, node->local, 16);
		return !bpf_skb_set_tunnel_key(skb, &tunnel, sizeof(tunnel),
					       BPF_F_TUNINFO_IPV6 | BPF_F_DONT_FRAGMENT);
	}
	tunnel.remote_ipv4 = bpf_ntohl(*(__u32 *)(to->address + 12));
	tunnel.local_ipv4 = bpf_ntohl(*(__u32 *)(node->local + 12));
	return !bpf_skb_set_tunnel_key(skb, &tunnel, sizeof(tunnel),
				       BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT);
}

/* Copies to the slice's ports, but for the one it came from (0: it came from a peer). */
global_ int copy_to_ports(struct __sk_buff *skb, __u32 slot, __u32 slice_key, __u32 from)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);

	if (!slice)
		return 0;
	for (int i = 0; i < SHAPER_MAX_SLICE_PORTS; i++) {
		if (i >= slice->ports)
			break;
		__u32 index = slice->port[i];
		const struct shaper_port *port = local_port(slot, slice_key, index);

		if (!port || index == from)
			continue;
		if (!port->vlan) {
			bpf_clone_redirect(skb, port->ifindex, 0);
		} else if (!bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), port->vlan)) {
			bpf_clone_redirect(skb, port->ifindex, 0);
			bpf_skb_vlan_pop(skb);
		}
	}
	return 0;
}

/* A copy for one peer. By itself, so that the verifier need not walk it for each of 512. */
global_ int copy_to_peer(struct __sk_buff *skb, __u32 slot, __u32 slice_key, __u32 peer, __u32 tos)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	const struct shaper_settings *node = bpf_map_lookup_elem(&settings, &slot);

	if (!slice || !node || !aim(skb, node, slot, peer, slice->vni, tos))
		return drop(SHAPER_DROP_TUNNEL);
	return bpf_clone_redirect(skb, node->vxlan_ifindex, 0);
}

/* Copies to each peer of the slice (head-end replication, RFC 7348 section 4.2 without multicast).
 */
inline_ void copy_to_peers(struct __sk_buff *skb, __u32 slot, __u32 slice_key,
			   const struct shaper_slice *slice, __u32 tos)
{
	for (int word = 0; word < SHAPER_MAX_PEERS / 64; word++) {
		__u64 left = slice->peers[word];

		for (int n = 0; n < 64 && left; n++) {
			copy_to_peer(skb, slot, slice_key, word * 64 + lowest_bit(left), tos);
			left &= left - 1;
		}
	}
}

#endif
