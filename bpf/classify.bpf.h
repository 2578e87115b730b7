/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Packet to traffic class. The scheme is documented in shaper.h at enum shaper_dimension. */
#ifndef SHAPER_CLASSIFY_BPF_H
#define SHAPER_CLASSIFY_BPF_H

#include "maps.bpf.h"
#include "parse.bpf.h"

/* Rules still possible: by their one-way parts, and by either end's. */
struct candidates {
	__u64 only[SHAPER_WORDS];
	__u64 source[SHAPER_WORDS];
	__u64 destination[SHAPER_WORDS];
	__u32 first; /* key of map rules for bit 0 */
	__u32 pad;
};

struct classification {
	const struct shaper_ruleset *set;
	struct candidates left;
	__u32 slot;
	__u16 ruleset;
};

inline_ const struct shaper_vector *vector_of(struct classification *c, __u32 dim, __u32 value)
{
	struct shaper_cell_key key = {
		.slot = c->slot,
		.ruleset = c->ruleset,
		.dim = dim,
		.value = value,
	};
	const struct shaper_vector *vector = bpf_map_lookup_elem(&cells, &key);

	return vector ? vector : &c->set->other[dim];
}

inline_ void narrow(struct classification *c, __u32 dim, __u32 value, __u64 *either)
{
	const struct shaper_vector *vector = vector_of(c, dim, value);

#pragma unroll
	for (int w = 0; w < SHAPER_WORDS; w++) {
		c->left.only[w] &= vector->only[w];
		if (either)
			either[w] &= vector->either[w];
	}
}

inline_ const struct shaper_prefix *
prefix_of(const struct classification *c, const struct packet *packet, const union address *address)
{
	struct shaper_prefix_key key = { .prefixlen = 160, .slot = bpf_htonl(c->slot) };

	if (packet->protocol == SHAPER_PROTO_NONE)
		return 0;
	memcpy(key.address, address, 16);
	return bpf_map_lookup_elem(&prefixes, &key);
}

inline_ void narrow_addresses(struct classification *c, const struct packet *packet)
{
	__u32 dims = c->set->dims;
	__u32 dscp = SHAPER_DSCP_NONE;

	if (dims & (1 << SHAPER_DIM_SADDR | SHAPER_RULES_TRUST)) {
		const struct shaper_prefix *prefix = prefix_of(c, packet, &packet->saddr);

		if (prefix && prefix->trusts_dscp)
			dscp = packet->dscp;
		if (dims & 1 << SHAPER_DIM_SADDR)
			narrow(c, SHAPER_DIM_SADDR, prefix ? prefix->address_class : 0,
			       c->left.source);
	}
	if (dims & 1 << SHAPER_DIM_DADDR) {
		const struct shaper_prefix *prefix = prefix_of(c, packet, &packet->daddr);

		narrow(c, SHAPER_DIM_DADDR, prefix ? prefix->address_class : 0,
		       c->left.destination);
	}
	if (dims & 1 << SHAPER_DIM_DSCP)
		narrow(c, SHAPER_DIM_DSCP, dscp, 0);
}

inline_ void narrow_ports(struct classification *c, const struct packet *packet)
{
	const struct shaper_port_classes *table = bpf_map_lookup_elem(&port_classes, &c->slot);
	__u32 source = 0, destination = 0;

	if (packet->ports && table) {
		source = table->of[packet->sport];
		destination = table->of[packet->dport];
	}
	if (c->set->dims & 1 << SHAPER_DIM_SPORT)
		narrow(c, SHAPER_DIM_SPORT, source, c->left.source);
	if (c->set->dims & 1 << SHAPER_DIM_DPORT)
		narrow(c, SHAPER_DIM_DPORT, destination, c->left.destination);
}

inline_ void narrow_all(struct classification *c, const struct packet *packet)
{
#pragma unroll
	for (int w = 0; w < SHAPER_WORDS; w++) {
		c->left.only[w] = c->set->rules[w];
		c->left.source[w] = ~0ull;
		c->left.destination[w] = ~0ull;
	}
	if (c->set->dims & 1 << SHAPER_DIM_PROTO)
		narrow(c, SHAPER_DIM_PROTO, packet->protocol, 0);
	if (c->set->dims & (1 << SHAPER_DIM_SPORT | 1 << SHAPER_DIM_DPORT))
		narrow_ports(c, packet);
	if (c->set->dims & (1 << SHAPER_DIM_SADDR | 1 << SHAPER_DIM_DADDR | 1 << SHAPER_DIM_DSCP))
		narrow_addresses(c, packet);
#pragma unroll
	for (int w = 0; w < SHAPER_WORDS; w++)
		c->left.only[w] &= c->left.source[w] | c->left.destination[w];
}

/* Does the packet pass the rule's test of a UDP payload field? */
inline_ bool payload_passes(struct __sk_buff *skb, const struct packet *packet,
			    const struct shaper_rule *rule)
{
	__u32 width = rule->payload_width;
	__u8 field[8] = {};

	if (packet->protocol != IPPROTO_UDP || !packet->ports)
		return false;
	__u32 at = packet->l4 + 8 + rule->payload_offset;

	switch (width) {
	case 1:
		if (bpf_skb_load_bytes(skb, at, field + 7, 1))
			return false;
		break;
	case 2:
		if (bpf_skb_load_bytes(skb, at, field + 6, 2))
			return false;
		break;
	case 4:
		if (bpf_skb_load_bytes(skb, at, field + 4, 4))
			return false;
		break;
	case 8:
		if (bpf_skb_load_bytes(skb, at, field, 8))
			return false;
		break;
	default:
		return false;
	}
	return bpf_be64_to_cpu(*(__u64 *)field) >= rule->payload_at_least;
}

/* The rule's class, if its payload test passes too; else SHAPER_MAX_CLASSES. */
global_ int class_if_passing(struct __sk_buff *skb, const struct packet *packet, __u32 at)
{
	const struct shaper_rule *rule = bpf_map_lookup_elem(&rules, &at);

	if (!packet || !rule || (rule->payload_width && !payload_passes(skb, packet, rule)))
		return SHAPER_MAX_CLASSES;
	return rule->traffic_class;
}

/* Of the rules left, the class of the first that passes; SHAPER_MAX_CLASSES: none. */
inline_ __u32 first_passing(struct __sk_buff *skb, const struct packet *packet,
			    const struct candidates *left)
{
	for (int w = 0; w < SHAPER_WORDS; w++) {
		__u64 matches = left->only[w];

		for (int n = 0; n < 64 && matches; n++) {
			__u32 at = left->first + w * 64 + lowest_bit(matches);
			__u32 found = class_if_passing(skb, packet, at);

			if (found < SHAPER_MAX_CLASSES)
				return found;
			matches &= matches - 1;
		}
	}
	return SHAPER_MAX_CLASSES;
}

/* The class of the first rule that matches, or the slice's default. */
global_ int classify(struct __sk_buff *skb, const struct packet *packet, __u32 slot,
		     __u32 slice_key)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	struct classification c = { .slot = slot };

	if (!slice || !packet)
		return 0;
	c.ruleset = slice->ruleset;
	__u32 fallback = slice->default_class;

	/* Read now: clang 14 would otherwise choose between two addresses, one maybe NULL. */
	barrier_var(fallback);
	__u32 key = slot * SHAPER_SLICE_INDICES + slice->ruleset;

	c.set = bpf_map_lookup_elem(&rulesets, &key);
	if (!c.set || !c.set->rules[0])
		return fallback;
	c.left.first = slot * SHAPER_MAX_RULE_SLOTS + c.set->first;
	narrow_all(&c, packet);
	if (c.set->dims & SHAPER_RULES_PAYLOAD) {
		__u32 found = first_passing(skb, packet, &c.left);

		return found < SHAPER_MAX_CLASSES ? found : fallback;
	}
#pragma unroll
	for (int w = 0; w < SHAPER_WORDS; w++) {
		if (!c.left.only[w])
			continue;
		__u32 at = c.left.first + w * 64 + lowest_bit(c.left.only[w]);
		const struct shaper_rule *rule = bpf_map_lookup_elem(&rules, &at);

		return rule ? rule->traffic_class : fallback;
	}
	return fallback;
}

#endif
