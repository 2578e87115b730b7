/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* An Ethernet frame's headers, read once. Every byte is a stranger's. */
#ifndef SHAPER_PARSE_BPF_H
#define SHAPER_PARSE_BPF_H

#include "prelude.bpf.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/icmpv6.h>

#define PARSE_VLAN_TAGS	      2
#define PARSE_IPV6_EXTENSIONS 6
/* Headers that must be in the linear part: Ethernet, two tags, IPv6, TCP. */
#define PARSE_HEADERS (14 + 8 + 40 + 20)

union address {
	__u8 bytes[16];
	__u32 word[4];
	__u64 half[2];
};

struct packet {
	__u64 source; /* MAC addresses, in the low 48 bits */
	__u64 destination;
	union address saddr; /* IPv6 form, network order */
	union address daddr;
	__u32 l3;	 /* offsets from the start of the frame */
	__u32 l4;	 /* 0: no transport header to look at */
	__u16 ethertype; /* host order, behind any VLAN tags */
	__u16 sport;	 /* host order; meaningful if ports is set */
	__u16 dport;
	__u8 protocol;	/* SHAPER_PROTO_NONE if not IP */
	__u8 dscp;	/* SHAPER_DSCP_NONE if not IP */
	__u8 ecn;	/* 0 if not IP */
	bool ports;	/* TCP, UDP or SCTP, whole or unfragmented */
	bool neighbour; /* ARP, or a neighbour discovery message */
};

inline_ __u64 mac_at(const __u8 *p)
{
	return (__u64)p[0] << 40 | (__u64)p[1] << 32 | (__u64)p[2] << 24 | (__u64)p[3] << 16 |
	       (__u64)p[4] << 8 | p[5];
}

inline_ void put_mac(__u8 *p, __u64 mac)
{
	for (int i = 5; i >= 0; i--, mac >>= 8)
		p[i] = mac;
}

inline_ bool mac_is_group(__u64 mac)
{
	return mac >> 40 & 1;
}

inline_ void parse_transport(struct packet *packet, void *data, void *data_end)
{
	__u8 *l4 = data + packet->l4;

	switch (packet->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		if ((void *)(l4 + 4) > data_end)
			break;
		packet->sport = l4[0] << 8 | l4[1];
		packet->dport = l4[2] << 8 | l4[3];
		packet->ports = true;
		return;
	case IPPROTO_ICMPV6:
		/* Router solicitation to redirect (RFC 4861): 133 to 137. */
		if ((void *)(l4 + 1) > data_end)
			break;
		packet->neighbour = l4[0] >= 133 && l4[0] <= 137;
		return;
	}
	packet->l4 = 0;
}

inline_ bool parse_ipv4(struct packet *packet, void *data, void *data_end)
{
	struct iphdr *ip = data + packet->l3;

	if ((void *)(ip + 1) > data_end || ip->version != 4 || ip->ihl < 5)
		return false;
	packet->saddr.word[2] = bpf_htonl(0xffff);
	packet->saddr.word[3] = ip->saddr;
	packet->daddr.word[2] = bpf_htonl(0xffff);
	packet->daddr.word[3] = ip->daddr;
	packet->dscp = ip->tos >> 2;
	packet->ecn = ip->tos & 3;
	packet->protocol = ip->protocol;
	/* A fragment, the first one too, is classified without ports, so that all of them agree. */
	if (ip->frag_off & bpf_htons(0x3fff))
		return true;
	packet->l4 = packet->l3 + ip->ihl * 4;
	parse_transport(packet, data, data_end);
	return true;
}

inline_ bool parse_ipv6(struct packet *packet, void *data, void *data_end)
{
	struct ipv6hdr *ip = data + packet->l3;

	if ((void *)(ip + 1) > data_end || ip->version != 6)
		return false;
	memcpy(&packet->saddr, &ip->saddr, 16);
	memcpy(&packet->daddr, &ip->daddr, 16);
	packet->dscp = (ip->priority << 4 | ip->flow_lbl[0] >> 4) >> 2;
	packet->ecn = ip->flow_lbl[0] >> 4 & 3;

	__u8 next = ip->nexthdr;
	__u32 at = packet->l3 + sizeof(*ip);

	for (int i = 0; i < PARSE_IPV6_EXTENSIONS; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT)
			break;
		__u8 *extension = data + at;

		if ((void *)(extension + 8) > data_end)
			return false;
		if (next == IPPROTO_FRAGMENT) {
			packet->protocol = extension[0];
			return true;
		}
		next = extension[0];
		at += 8 + extension[1] * 8;
		if (at > 2048)
			return false;
	}
	packet->protocol = next;
	packet->l4 = at;
	parse_transport(packet, data, data_end);
	return true;
}

/* False: the headers are cut short or contradict each other. */
inline_ bool parse(struct packet *packet, void *data, void *data_end)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > data_end)
		return false;
	packet->destination = mac_at(eth->h_dest);
	packet->source = mac_at(eth->h_source);
	packet->l3 = sizeof(*eth);
	packet->protocol = SHAPER_PROTO_NONE;
	packet->dscp = SHAPER_DSCP_NONE;

	__be16 type = eth->h_proto;

#pragma unroll
	for (int i = 0; i < PARSE_VLAN_TAGS; i++) {
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		__be16 *tag = data + packet->l3;

		if ((void *)(tag + 2) > data_end)
			return false;
		type = tag[1];
		packet->l3 += 4;
	}
	packet->ethertype = bpf_ntohs(type);
	switch (packet->ethertype) {
	case ETH_P_IP:
		return parse_ipv4(packet, data, data_end);
	case ETH_P_IPV6:
		return parse_ipv6(packet, data, data_end);
	case ETH_P_ARP:
		packet->neighbour = true;
	}
	return true;
}

#ifndef SHAPER_XDP
/* Reads a frame's headers into *packet. 0: they are cut short or contradict each other. */
global_ int read_headers(struct __sk_buff *skb, struct packet *packet)
{
	if (!packet)
		return 0;
	pull_headers(skb, PARSE_HEADERS);
	return parse(packet, (void *)(long)skb->data, (void *)(long)skb->data_end);
}
#else
/* The same of the frame that begins at `offset`. */
global_ int read_headers(struct xdp_md *ctx, struct packet *packet, __u32 offset)
{
	if (!packet || offset > 128)
		return 0;
	return parse(packet, (void *)(long)ctx->data + offset, (void *)(long)ctx->data_end);
}
#endif

#endif
