/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Questions for an IP address that is behind a peer, answered here as its host would, so that they
 * need not be copied to every peer of the slice. Whoever asks one host, by its MAC address, wants
 * to hear whether that one is still there: this is not answered.
 */
#ifndef SHAPER_SUPPRESS_BPF_H
#define SHAPER_SUPPRESS_BPF_H

#include "checksum.bpf.h"
#include "fdb.bpf.h"
#include "neighbour.bpf.h"

/* Makes the frame an answer from `mac` to its sender: a plain Ethernet header and these bytes. */
inline_ bool turn_into(struct __sk_buff *skb, const struct packet *packet, __u64 mac,
		       const void *answer, __u32 bytes)
{
	__u8 macs[12];

	put_mac(macs, packet->source);
	put_mac(macs + 6, mac);
	return !bpf_skb_change_tail(skb, sizeof(struct ethhdr) + bytes, 0) &&
	       !bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0) &&
	       !bpf_skb_store_bytes(skb, sizeof(struct ethhdr), answer, bytes, 0);
}

inline_ bool reply_arp(struct __sk_buff *skb, const struct packet *packet,
		       const struct message *question, __u64 mac)
{
	struct arp reply = {
		.hardware = bpf_htons(1),
		.protocol = bpf_htons(ETH_P_IP),
		.sizes = { 6, 4 },
		.operation = bpf_htons(ARP_REPLY),
	};

	put_mac(reply.sender_mac, mac);
	memcpy(reply.sender, &question->asked.word[3], 4);
	put_mac(reply.target_mac, packet->source);
	memcpy(reply.target, &question->told.word[3], 4);
	return turn_into(skb, packet, mac, &reply, sizeof(reply));
}

inline_ bool advertise(struct __sk_buff *skb, const struct packet *packet,
		       const struct message *question, __u64 mac, __u32 flags)
{
	struct discovery nd = {
		.ip =
			{
				.version = 6,
				.payload_len = bpf_htons(sizeof(nd) - sizeof(nd.ip)),
				.nexthdr = IPPROTO_ICMPV6,
				.hop_limit = 255,
			},
		.icmp = { .icmp6_type = ND_ADVERTISEMENT },
		.option = ND_TARGET_MAC,
		.option_units = 1,
	};

	memcpy(&nd.ip.saddr, &question->asked, 16);
	memcpy(&nd.ip.daddr, &question->told, 16);
	memcpy(nd.target, &question->asked, 16);
	put_mac(nd.mac, mac);
	nd.icmp.icmp6_router = !!(flags & SHAPER_NEIGHBOUR_ROUTER);
	nd.icmp.icmp6_solicited = true;
	/* Not to override what the host says by itself (section 7.2.8, of proxies). */
	nd.icmp.icmp6_cksum = checksum_fold(
		checksum_of(&nd.icmp, sizeof(nd) - sizeof(nd.ip), checksum_icmp6(&nd.ip, 0)));
	return turn_into(skb, packet, mac, &nd, sizeof(nd));
}

/* By itself, so that it and the look-ups do not share one stack. */
global_ int answer_neighbour(struct __sk_buff *skb, const struct packet *packet,
			     const struct message *question, __u64 mac, __u32 flags)
{
	if (!packet || !question)
		return false;
	return packet->ethertype == ETH_P_ARP ? reply_arp(skb, packet, question, mac)
					      : advertise(skb, packet, question, mac, flags);
}

/* True: the frame asked for an address that is behind a peer now, and has become the answer. */
global_ int suppress(struct __sk_buff *skb, const struct packet *packet, __u32 slot,
		     __u32 slice_key)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	struct message question = {};

	if (!packet || !slice || !mac_is_group(packet->destination) ||
	    !read_message(skb, packet, &question) || !question.asks ||
	    is_configured(slice, slot, &question.asked))
		return false;
	struct shaper_neighbour_key key = { .vni = slice->vni };

	memcpy(key.address, &question.asked, 16);
	const struct shaper_neighbour *asked = bpf_map_lookup_elem(&neighbours, &key);

	if (!asked || !(asked->flags & SHAPER_NEIGHBOUR_ADVERTISED))
		return false;
	__u64 mac = asked->mac;
	__u32 flags = asked->flags;
	__u32 place = fdb_place(slot, slice_key, mac);

	if (!(place & SHAPER_PLACE_PEER) || !shares_slice(slice, place & ~SHAPER_PLACE_PEER))
		return false;
	return answer_neighbour(skb, packet, &question, mac, flags);
}

#endif
