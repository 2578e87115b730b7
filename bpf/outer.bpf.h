/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The outer headers as XDP writes and takes them off itself: IPv4, no options, no UDP checksum. */
#ifndef SHAPER_OUTER_BPF_H
#define SHAPER_OUTER_BPF_H

#include "ecn.bpf.h"
#include "guard.bpf.h"

struct outer {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct vxlanhdr vxlan;
} __attribute__((packed));

_Static_assert(sizeof(struct outer) == SHAPER_HOP_HEADER, "the contract says how long it is");

/*
 * Puts the hop's headers in front of the frame. False: there was no room, and nothing changed.
 *
 * The template is copied in whole words, then what the packet adds is written over it.
 */
inline_ bool put_outer(struct xdp_md *ctx, const struct shaper_hop *hop, __u32 vni, __u8 tos,
		       __u32 hash)
{
	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct outer)))
		return false;
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct outer *outer = data;

	if ((void *)(outer + 1) > data_end)
		return false;
#pragma unroll
	for (int word = 0; word < 6; word++)
		*(__u64 *)(data + word * 8) = hop->header[word];

	__u16 length = data_end - data - sizeof(outer->eth);
	__u32 sum = hop->sum + bpf_htons(tos) + bpf_htons(length);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	outer->ip.tos = tos;
	outer->ip.tot_len = bpf_htons(length);
	outer->ip.check = ~sum;
	outer->udp.source = bpf_htons(0xc000 | hash >> 18); /* RFC 7348: 49152 to 65535 */
	outer->udp.len = bpf_htons(length - sizeof(outer->ip));
	outer->vxlan.vni = bpf_htonl(vni << 8);
	return true;
}

/* Does the checksum (RFC 1071) of an IPv4 header without options hold? */
inline_ bool ipv4_sum_holds(const __u16 *half)
{
	__u32 sum = 0;

#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += half[i];
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/*
 * Is this VXLAN that can be taken off here, without what the kernel would check otherwise, refuse
 * or change? Of the outer ECN it writes CE and ECT(1) into the inner header (RFC 6040).
 */
inline_ bool is_plain_outer(void *data, void *data_end)
{
	struct outer *outer = data;

	if ((void *)(outer + 1) > data_end || outer->eth.h_proto != bpf_htons(ETH_P_IP))
		return false;
	return outer->ip.version == 4 && outer->ip.ihl == 5 &&
	       ipv4_sum_holds(data + sizeof(outer->eth)) && !(outer->ip.tos & 1) &&
	       !outer->udp.check &&
	       bpf_ntohs(outer->ip.tot_len) == data_end - data - sizeof(outer->eth) &&
	       bpf_ntohs(outer->udp.len) ==
		       data_end - data - sizeof(outer->eth) - sizeof(outer->ip) &&
	       outer->vxlan.flags == VXLAN_FLAG_VNI && !outer->vxlan.reserved[0] &&
	       !outer->vxlan.reserved[1] && !outer->vxlan.reserved[2] &&
	       !(outer->vxlan.vni & bpf_htonl(0xff));
}

#endif
