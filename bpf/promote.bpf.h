/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Flows that go first because somebody said so: until a time that is checked here. */
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

global_ __u32 is_promoted(const struct packet *packet, __u32 vni, __u64 now)
{
	struct shaper_promotion_key key = { .vni = vni };
	const __u64 *until;

	if (!packet || packet->protocol == SHAPER_PROTO_NONE)
		return false;
	memcpy(key.source, &packet->saddr, 16);
	memcpy(key.destination, &packet->daddr, 16);
	key.source_port = packet->sport;
	key.destination_port = packet->dport;
	key.protocol = packet->protocol;
	until = bpf_map_lookup_elem(&promotions, &key);
	return until && now < READ_ONCE(*until);
}

/* The packet's class: what the rules say, or the first. */
inline_ __u32 promoted_class(const struct packet *packet, __u32 vni, __u64 now, __u32 traffic_class)
{
	return promotions_last(now) && is_promoted(packet, vni, now) ? FIRST_CLASS : traffic_class;
}

#endif
