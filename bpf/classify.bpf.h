/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Packet to traffic class. The scheme is documented in shaper.h at enum shaper_dimension. */
#ifndef SHAPER_CLASSIFY_BPF_H
#define SHAPER_CLASSIFY_BPF_H

#include "maps.bpf.h"
#include "parse.bpf.h"

/* In a class: a payload was looked at, and the next packet of the flow may be another's. */
#define CLASS_BY_PAYLOAD 0x100

/* What is known about a packet when its tries are walked. */
struct candidates {
	__u32 base;		   /* key of the slot's first cell */
	__u32 first;		   /* key of map rules for bit 0 */
	__u32 vector[SHAPER_DIMS]; /* references; 0: the dimension is not asked for */
	__u16 words;
	__u16 fallback;
};

inline_ const union shaper_cell *cell_at(__u32 base, __u32 reference)
{
	__u32 key = base + (reference & SHAPER_REF_CELL);

	return bpf_map_lookup_elem(&cells, &key);
}

/* From a trie's root to the vector of a key, left-aligned in two words. */
global_ __u32 walk(__u32 base, __u32 reference, __u64 high, __u64 low)
{
	for (__u32 i = 0; i < SHAPER_REF_STEPS; i++) {
		if (!(reference & (SHAPER_REF_TEST | SHAPER_REF_BRANCH)))
			break;
		const union shaper_cell *cell = cell_at(base, reference);

		if (!cell)
			break;
		if (reference & SHAPER_REF_BRANCH) {
			__u32 nibble = reference >> SHAPER_REF_NIBBLE_SHIFT;
			__u64 word = nibble & 16 ? low : high;

			reference = cell->branch[word >> (~nibble & 15) * 4 & 15];
		} else {
			bool differs = (high ^ cell->test.value[0]) & cell->test.mask[0] ||
				       (low ^ cell->test.value[1]) & cell->test.mask[1];

			reference = differs ? cell->test.miss : cell->test.hit;
		}
	}
	return reference;
}

/*
 * Narrows `left`, the first word of the candidates, by one dimension. Where it is empty and all
 * there is, nothing will match.
 */
#define narrow(c, left, set, dim, high, low)                                                       \
	({                                                                                         \
		if ((set)->root[dim] && (left || (c).words > 1)) {                                 \
			(c).vector[dim] = walk((c).base, (set)->root[dim], high, low);             \
			const union shaper_cell *cell = cell_at((c).base, (c).vector[dim]);        \
                                                                                                   \
			if (cell)                                                                  \
				left &= cell->vector[0];                                           \
		}                                                                                  \
	})

inline_ __u64 left_aligned(__u32 key)
{
	return (__u64)key << 32;
}

/* The first word of the vectors' AND. */
inline_ __u64 first_candidates(const struct packet *packet, const struct shaper_ruleset *set,
			       struct candidates *c)
{
	__u32 has_ports = packet->ports ? 1u << 16 : 0;
	__u64 left = ~0ull;

	narrow(*c, left, set, SHAPER_DIM_TRANSPORT,
	       left_aligned((__u32)packet->protocol << 24 | has_ports | packet->dport), 0);
	narrow(*c, left, set, SHAPER_DIM_SPORT, left_aligned(has_ports | packet->sport), 0);
	narrow(*c, left, set, SHAPER_DIM_SADDR, bpf_be64_to_cpu(packet->saddr.half[0]),
	       bpf_be64_to_cpu(packet->saddr.half[1]));
	narrow(*c, left, set, SHAPER_DIM_DADDR, bpf_be64_to_cpu(packet->daddr.half[0]),
	       bpf_be64_to_cpu(packet->daddr.half[1]));
	narrow(*c, left, set, SHAPER_DIM_DSCP,
	       (__u64)(c->vector[SHAPER_DIM_SADDR] & SHAPER_REF_TRUST ? packet->dscp
								      : SHAPER_DSCP_NONE)
		       << 56,
	       0);
	return left;
}

/* Does the packet pass the rule's test of a UDP payload field? */
inline_ bool payload_passes(context *ctx, const struct packet *packet,
			    const struct shaper_rule *rule)
{
	__u8 field[8] = {};

	if (packet->protocol != IPPROTO_UDP || !packet->ports)
		return false;
	__u32 at = packet->l4 + 8 + rule->payload_offset;
	long failed;

	switch (rule->payload_width) {
	case 1:
		failed = load_bytes(ctx, at, field + 7, 1);
		break;
	case 2:
		failed = load_bytes(ctx, at, field + 6, 2);
		break;
	case 4:
		failed = load_bytes(ctx, at, field + 4, 4);
		break;
	default:
		failed = load_bytes(ctx, at, field, 8);
	}
	return !failed && bpf_be64_to_cpu(*(__u64 *)field) >= rule->payload_at_least;
}

inline_ bool is_class(__u32 found)
{
	return (found & ~CLASS_BY_PAYLOAD) < SHAPER_MAX_CLASSES;
}

/* The rule's class, or SHAPER_MAX_CLASSES where its payload test fails. */
global_ __u32 class_if_passing(context *ctx, const struct packet *packet, __u32 at)
{
	const struct shaper_rule *rule = bpf_map_lookup_elem(&rules, &at);

	if (!packet || !rule)
		return SHAPER_MAX_CLASSES;
	if (!rule->payload_width)
		return rule->traffic_class;
	return CLASS_BY_PAYLOAD |
	       (payload_passes(ctx, packet, rule) ? rule->traffic_class : SHAPER_MAX_CLASSES);
}

/* The class of the first rule of a word that passes; SHAPER_MAX_CLASSES: none does. */
global_ __u32 first_passing(context *ctx, const struct packet *packet, __u32 first, __u64 left)
{
	__u32 by_payload = 0;

	for (int n = 0; n < 64 && left; n++) {
		__u32 found = class_if_passing(ctx, packet, first + lowest_bit(left));

		by_payload |= found & CLASS_BY_PAYLOAD;
		if (is_class(found))
			return found | by_payload;
		left &= left - 1;
	}
	return SHAPER_MAX_CLASSES | by_payload;
}

/* The same for all words, where the first rule left tests the payload or is not in the first. */
global_ __u32 search(context *ctx, const struct packet *packet, const struct candidates *c)
{
	__u32 by_payload = 0;

	if (!packet || !c)
		return 0;
	for (__u32 word = 0; word < SHAPER_WORDS; word++) {
		__u64 left = ~0ull;

		if (word >= c->words)
			break;
		for (__u32 dim = 0; dim < SHAPER_DIMS; dim++) {
			const union shaper_cell *cell = cell_at(c->base, c->vector[dim]);

			if (c->vector[dim] && cell)
				left &= cell->vector[word];
		}
		__u32 found = first_passing(ctx, packet, c->first + word * 64, left);

		by_payload |= found & CLASS_BY_PAYLOAD;
		if (is_class(found))
			return found | by_payload;
	}
	return c->fallback | by_payload;
}

/*
 * The class of the first rule that matches, or the one for packets that none does; perhaps with
 * CLASS_BY_PAYLOAD.
 */
global_ __u32 classify(context *ctx, const struct packet *packet, __u32 slot, __u32 ruleset)
{
	__u32 key = slot * SHAPER_SLICE_INDICES + ruleset;
	const struct shaper_ruleset *set = bpf_map_lookup_elem(&rulesets, &key);

	if (!set || !packet)
		return 0;
	if (packet->protocol == SHAPER_PROTO_NONE)
		return set->not_ip;
	if (!set->words)
		return set->fallback;
	struct candidates c = {
		.base = slot * SHAPER_SLOT_CELLS,
		.first = slot * SHAPER_MAX_RULE_SLOTS + set->first,
		.words = set->words,
		.fallback = set->fallback,
	};
	__u64 left = first_candidates(packet, set, &c);

	if (likely(left)) {
		__u32 at = c.first + lowest_bit(left);
		const struct shaper_rule *rule = bpf_map_lookup_elem(&rules, &at);

		/* The first that is left matches, unless it asks for more. */
		if (rule && likely(!rule->payload_width))
			return rule->traffic_class;
	} else if (c.words == 1) {
		return c.fallback;
	}
	return search(ctx, packet, &c);
}

#endif
