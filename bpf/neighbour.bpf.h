/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Who says that an IP address is theirs, and who asks for one: ARP and neighbour discovery. */
#ifndef SHAPER_NEIGHBOUR_BPF_H
#define SHAPER_NEIGHBOUR_BPF_H

#include "maps.bpf.h"
#include "parse.bpf.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };
enum { ND_SOLICITATION = 135, ND_ADVERTISEMENT = 136 };
enum { ND_SOURCE_MAC = 1, ND_TARGET_MAC = 2 };

/* RFC 826, of Ethernet and IPv4. */
struct arp {
	__be16 hardware;
	__be16 protocol;
	__u8 sizes[2];
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
};

/* RFC 4861 sections 4.3 and 4.4, with the MAC address as the first option, where all put it. */
struct discovery {
	struct ipv6hdr ip;
	struct icmp6hdr icmp;
	__u8 target[16];
	__u8 option;
	__u8 option_units; /* of 8 bytes */
	__u8 mac[6];
};

_Static_assert(sizeof(struct arp) == 28, "as on the wire");
_Static_assert(sizeof(struct discovery) == 72, "as on the wire");

/* What a message says: that an address is its sender's, and perhaps a question for another. */
struct message {
	union address told;
	union address asked;
	__u32 flags; /* of the neighbour */
	bool asks;
	bool yields; /* to whoever has said the same before */
};

inline_ void put_ipv4(union address *to, const __u8 *from)
{
	to->word[2] = bpf_htonl(0xffff);
	memcpy(&to->word[3], from, 4);
}

inline_ bool is_ipv6_host(const union address *address)
{
	return address->bytes[0] != 0xff && (address->half[0] | address->half[1]);
}

inline_ bool read_arp(struct __sk_buff *skb, const struct packet *packet, struct message *message)
{
	struct arp arp;

	if (bpf_skb_load_bytes(skb, packet->l3, &arp, sizeof(arp)) ||
	    arp.hardware != bpf_htons(1) || arp.protocol != bpf_htons(ETH_P_IP) ||
	    arp.sizes[0] != 6 || arp.sizes[1] != 4 ||
	    (arp.operation != bpf_htons(ARP_REQUEST) && arp.operation != bpf_htons(ARP_REPLY)))
		return false;
	put_ipv4(&message->told, arp.sender);
	put_ipv4(&message->asked, arp.target);
	message->flags = SHAPER_NEIGHBOUR_ADVERTISED;
	/* Whoever asks for its own address only tells it. */
	message->asks = arp.operation == bpf_htons(ARP_REQUEST) &&
			message->asked.word[3] != message->told.word[3];
	/* From 0.0.0.0 it is a probe (RFC 5227): the address is not the sender's yet. */
	return message->told.word[3] && mac_at(arp.sender_mac) == packet->source;
}

inline_ bool read_discovery(struct __sk_buff *skb, const struct packet *packet,
			    struct message *message)
{
	struct discovery nd;

	/* With less than 255 hops left it came from elsewhere (sections 7.1.1 and 7.1.2). */
	if (bpf_skb_load_bytes(skb, packet->l3, &nd, sizeof(nd)) || nd.ip.hop_limit != 255 ||
	    nd.ip.nexthdr != IPPROTO_ICMPV6 || nd.icmp.icmp6_code ||
	    bpf_ntohs(nd.ip.payload_len) < sizeof(nd) - sizeof(nd.ip) || nd.option_units != 1 ||
	    mac_at(nd.mac) != packet->source)
		return false;
	if (nd.icmp.icmp6_type == ND_SOLICITATION && nd.option == ND_SOURCE_MAC) {
		message->told = packet->saddr;
		memcpy(&message->asked, nd.target, 16);
		message->asks = true;
	} else if (nd.icmp.icmp6_type == ND_ADVERTISEMENT && nd.option == ND_TARGET_MAC) {
		memcpy(&message->told, nd.target, 16);
		message->flags = SHAPER_NEIGHBOUR_ADVERTISED;
		if (nd.icmp.icmp6_router)
			message->flags |= SHAPER_NEIGHBOUR_ROUTER;
		message->yields = !nd.icmp.icmp6_override;
	}
	/* From :: it looks for others of its address (RFC 4862). */
	return is_ipv6_host(&message->told);
}

/*
 * False: it says nothing, or speaks for another. Behind a VLAN tag are addresses of another
 * network, which only the tenant knows.
 */
global_ int read_message(struct __sk_buff *skb, const struct packet *packet,
			 struct message *message)
{
	if (!packet || !message || skb->vlan_present || packet->l3 != sizeof(struct ethhdr))
		return false;
	return packet->ethertype == ETH_P_ARP ? read_arp(skb, packet, message)
					      : read_discovery(skb, packet, message);
}

/* Is this a host at a port of this node, whatever others say? */
inline_ bool is_configured(const struct shaper_slice *slice, __u32 slot, const union address *ip)
{
	struct shaper_static_ip_key key = { .vni = slice->vni, .slot = slot };

	memcpy(key.address, ip, 16);
	return slice->flags & SHAPER_SLICE_STATICS && bpf_map_lookup_elem(&static_ips, &key);
}

/* Remembers which IP address an ARP or neighbour discovery message says is its sender's. */
global_ int neighbour_learn(struct __sk_buff *skb, const struct packet *packet, __u32 slot,
			    __u32 slice_key)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	struct message message = {};

	if (!packet || !slice || !read_message(skb, packet, &message) ||
	    is_configured(slice, slot, &message.told))
		return 0;
	struct shaper_neighbour_key key = { .vni = slice->vni };
	struct shaper_neighbour said = { .mac = packet->source, .flags = message.flags };

	memcpy(key.address, &message.told, 16);
	const struct shaper_neighbour *held = bpf_map_lookup_elem(&neighbours, &key);

	/* A question repeats what an advertisement has said, and says less. */
	if (held &&
	    (held->mac == said.mac ? held->flags == said.flags || message.asks : message.yields))
		return 0;
	bpf_map_update_elem(&neighbours, &key, &said, BPF_ANY);
	return 0;
}

#endif
