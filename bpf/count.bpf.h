/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Counting. One CPU's counters are its own: no atomics. */
#ifndef SHAPER_COUNT_BPF_H
#define SHAPER_COUNT_BPF_H

#include "maps.bpf.h"

/* Returns TC_ACT_SHOT, so that a drop is one statement. */
inline_ int drop(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&drops, &reason);

	if (count)
		(*count)++;
	return TC_ACT_SHOT;
}

inline_ void event(__u32 kind)
{
	__u64 *count = bpf_map_lookup_elem(&events, &kind);

	if (count)
		(*count)++;
}

inline_ struct shaper_class_counters *class_counters_of(__u32 slice, __u32 traffic_class)
{
	__u32 key = slice * SHAPER_MAX_CLASSES + traffic_class;

	return bpf_map_lookup_elem(&class_counters, &key);
}

#endif
