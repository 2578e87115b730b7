/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Frames longer than the underlay carries. The outer packet may not be fragmented (RFC 7348 section
 * 4.3), so the sender is told: ICMP "fragmentation needed" (RFC 1191) or ICMPv6 "packet too big"
 * (RFC 4443 section 3.2), made out of the frame itself and sent back where it came from.
 *
 * The fabric has no address in the slice, so the answer comes from the address that was asked for.
 */
#ifndef SHAPER_TOOBIG_BPF_H
#define SHAPER_TOOBIG_BPF_H

#include "checksum.bpf.h"
#include "count.bpf.h"
#include "parse.bpf.h"

/* Of the frame that was too long, the IP header and this much behind it are quoted. */
#define QUOTE_TRANSPORT 40

/* RFC 792; linux/icmp.h wants half of libc. */
enum { ICMP_ECHOREPLY = 0, ICMP_DEST_UNREACH = 3, ICMP_FRAG_NEEDED = 4, ICMP_ECHO = 8 };

struct icmp_too_big {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__be16 unused;
	__be16 mtu; /* RFC 1191 section 4 */
};

struct icmp4_answer {
	struct iphdr ip;
	struct icmp_too_big icmp;
};

struct icmp6_answer {
	struct ipv6hdr ip;
	struct icmp6hdr icmp;
};

/*
 * Will the kernel write the transport checksum when the packet leaves (CHECKSUM_PARTIAL)? There is
 * no field to ask. But bpf_l4_csum_replace leaves the field alone then, so a try on it tells.
 */
inline_ bool checksum_is_pending(struct __sk_buff *skb, __u32 field)
{
	__u16 before, after;

	if (bpf_skb_load_bytes(skb, field, &before, 2) ||
	    bpf_l4_csum_replace(skb, field, 0, bpf_htons(1), 2) ||
	    bpf_skb_load_bytes(skb, field, &after, 2))
		return false;
	bpf_skb_store_bytes(skb, field, &before, 2, 0);
	return before == after;
}

/*
 * The sum of the quote as it will be on the wire. What is still pending sums, with the checksum the
 * kernel will write, to the complement of the pseudo-header sum that stands in the field now.
 */
inline_ __u64 quote_sum(struct __sk_buff *skb, const struct packet *packet, __u32 header,
			__u32 quote)
{
	__u32 field = packet->l4 + (packet->protocol == IPPROTO_TCP ? 16 : 6);
	__u8 buffer[60 + QUOTE_TRANSPORT] = {};
	bool transport = packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP;
	__u16 pseudo;

	if (packet->l4 && transport && checksum_is_pending(skb, field) &&
	    !bpf_skb_load_bytes(skb, field, &pseudo, 2) && header <= 60 && header >= 20 &&
	    !bpf_skb_load_bytes(skb, packet->l3, buffer, header))
		return checksum_of(buffer, 60, (__u16)~pseudo);
	if (quote > sizeof(buffer) || quote < 20 ||
	    bpf_skb_load_bytes(skb, packet->l3, buffer, quote))
		return 0;
	return checksum_of(buffer, sizeof(buffer), 0);
}

/* The answer's headers go between Ethernet and the quote; its addresses are the frame's, swapped.
 */
inline_ bool turn_round(struct __sk_buff *skb, __u32 headers)
{
	__u8 macs[12];

	if (bpf_skb_load_bytes(skb, 0, macs + 6, 6) || bpf_skb_load_bytes(skb, 6, macs, 6))
		return false;
	return !bpf_skb_adjust_room(skb, headers, BPF_ADJ_ROOM_MAC, 0) &&
	       !bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0);
}

/* Groups, broadcast and the reserved rest: 224.0.0.0 and above. */
inline_ bool is_group_ipv4(__be32 address)
{
	return (address & bpf_htonl(0xe0000000)) == bpf_htonl(0xe0000000);
}

inline_ bool answer_ipv4(struct __sk_buff *skb, const struct packet *packet, __u32 mtu)
{
	struct iphdr ip;
	__u8 type;

	if (bpf_skb_load_bytes(skb, packet->l3, &ip, sizeof(ip)))
		return false;
	__u32 header = ip.ihl * 4, quote = header + QUOTE_TRANSPORT;

	/* Never about an error or a later fragment, to a nobody, or for all (RFC 1122
	 * section 3.2.2). */
	if (ip.frag_off & bpf_htons(0x1fff) || !ip.saddr || is_group_ipv4(ip.saddr) ||
	    is_group_ipv4(ip.daddr))
		return false;
	if (ip.protocol == IPPROTO_ICMP &&
	    (bpf_skb_load_bytes(skb, packet->l3 + header, &type, 1) ||
	     (type != ICMP_ECHO && type != ICMP_ECHOREPLY)))
		return false;
	if (bpf_skb_change_tail(skb, packet->l3 + quote, 0))
		return false;
	__u64 sum = quote_sum(skb, packet, header, quote);
	struct icmp4_answer answer = {
		.ip =
			{
				.version = 4,
				.ihl = 5,
				.tos = 0xc0,
				.tot_len = bpf_htons(sizeof(answer) + quote),
				.ttl = 64,
				.protocol = IPPROTO_ICMP,
				.saddr = ip.daddr,
				.daddr = ip.saddr,
			},
		.icmp =
			{
				.type = ICMP_DEST_UNREACH,
				.code = ICMP_FRAG_NEEDED,
				.mtu = bpf_htons(mtu),
			},
	};

	answer.ip.check = checksum_fold(checksum_of(&answer.ip, sizeof(answer.ip), 0));
	answer.icmp.checksum = checksum_fold(checksum_of(&answer.icmp, sizeof(answer.icmp), sum));
	return turn_round(skb, sizeof(answer)) &&
	       !bpf_skb_store_bytes(skb, packet->l3, &answer, sizeof(answer), 0);
}

inline_ bool answer_ipv6(struct __sk_buff *skb, const struct packet *packet, __u32 mtu)
{
	struct icmp6_answer answer = {};
	const __u32 header = sizeof(struct ipv6hdr), quote = header + QUOTE_TRANSPORT;
	__u8 type;

	if (packet->l4 && packet->l4 != packet->l3 + header)
		return false;
	/* Never about an error, or to a group or nobody (RFC 4443 section 2.4); nor from a group.
	 */
	if (packet->saddr.bytes[0] == 0xff || packet->daddr.bytes[0] == 0xff ||
	    !(packet->saddr.half[0] | packet->saddr.half[1]) ||
	    (packet->protocol == IPPROTO_ICMPV6 &&
	     (bpf_skb_load_bytes(skb, packet->l3 + header, &type, 1) || !(type & 0x80))))
		return false;
	if (bpf_skb_change_tail(skb, packet->l3 + quote, 0))
		return false;
	__u64 sum = quote_sum(skb, packet, header, quote);

	answer.ip.version = 6;
	answer.ip.payload_len = bpf_htons(sizeof(answer.icmp) + quote);
	answer.ip.nexthdr = IPPROTO_ICMPV6;
	answer.ip.hop_limit = 64;
	memcpy(&answer.ip.saddr, &packet->daddr, 16);
	memcpy(&answer.ip.daddr, &packet->saddr, 16);
	answer.icmp.icmp6_type = ICMPV6_PKT_TOOBIG;
	answer.icmp.icmp6_mtu = bpf_htonl(mtu);
	sum = checksum_icmp6(&answer.ip, sum);
	answer.icmp.icmp6_cksum =
		checksum_fold(checksum_of(&answer.icmp, sizeof(answer.icmp), sum));
	return turn_round(skb, sizeof(answer)) &&
	       !bpf_skb_store_bytes(skb, packet->l3, &answer, sizeof(answer), 0);
}

/* True: the frame has become an answer to its sender. `mtu`: what the slice carries, in IP bytes.
 */
global_ int answer_too_big(struct __sk_buff *skb, const struct packet *packet, __u32 mtu)
{
	if (!packet)
		return false;
	/* The answer is built behind a plain Ethernet header. */
	if (packet->l3 != sizeof(struct ethhdr) || mac_is_group(packet->destination))
		return false;
	if (packet->ethertype == ETH_P_IP)
		return answer_ipv4(skb, packet, mtu);
	if (packet->ethertype == ETH_P_IPV6)
		return answer_ipv6(skb, packet, mtu);
	return false;
}

#endif
