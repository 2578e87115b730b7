/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Flows that go first because somebody said so: until a time that is checked here, and while they
 * are worth enough for the room there is. What they weigh is counted, so that it can be known.
 */
#ifndef SHAPER_PROMOTE_BPF_H
#define SHAPER_PROMOTE_BPF_H

#include "maps.bpf.h"
#include "parse.bpf.h"

#define FIRST_CLASS 0

/* Is any promotion in force? What is asked of every packet. */
inline_ bool promotions_last(__u64 now)
{
	__u32 zero = 0;
	const __u64 *end = bpf_map_lookup_elem(&promotion_end, &zero);

	return unlikely(end && now < READ_ONCE(*end));
}

/* Is the packet's destination the lower end of its flow? */
inline_ bool goes_down(const struct packet *packet)
{
	const __u64 *from = packet->saddr.half, *to = packet->daddr.half;

	if (from[0] != to[0])
		return bpf_be64_to_cpu(from[0]) > bpf_be64_to_cpu(to[0]);
	if (from[1] != to[1])
		return bpf_be64_to_cpu(from[1]) > bpf_be64_to_cpu(to[1]);
	return packet->sport > packet->dport;
}

/* What is said of the packet's flow, or NULL. */
inline_ struct shaper_promotion *promotion_of(const struct packet *packet, __u32 vni, __u64 now)
{
	struct shaper_promotion_key key = { .vni = vni, .protocol = packet->protocol };
	bool down = goes_down(packet);
	const union address *first = down ? &packet->daddr : &packet->saddr;
	const union address *second = down ? &packet->saddr : &packet->daddr;
	struct shaper_promotion *promotion;

	if (packet->protocol == SHAPER_PROTO_NONE)
		return 0;
	key.first[0] = first->half[0];
	key.first[1] = first->half[1];
	key.second[0] = second->half[0];
	key.second[1] = second->half[1];
	key.first_port = down ? packet->dport : packet->sport;
	key.second_port = down ? packet->sport : packet->dport;
	promotion = bpf_map_lookup_elem(&promotions, &key);
	return promotion && now < READ_ONCE(promotion->until) ? promotion : 0;
}

/* Is there room for it in its slice's first class? */
inline_ bool has_room(const struct shaper_promotion *promotion, __u32 slot, __u32 slice_key,
		      __u64 now)
{
	const struct shaper_quota *first = quota_of(slot, slice_key, FIRST_CLASS);
	const struct shaper_threshold *threshold;
	__u32 key;

	if (!first)
		return false;
	key = first->bucket / SHAPER_MAX_CLASSES;
	threshold = bpf_map_lookup_elem(&thresholds, &key);
	return !threshold || now >= READ_ONCE(threshold->until) ||
	       READ_ONCE(promotion->rank) >= READ_ONCE(threshold->rank);
}

inline_ void weigh(struct shaper_promotion *promotion, __u64 bytes)
{
	__sync_fetch_and_add(&promotion->bytes, bytes);
}

#endif
