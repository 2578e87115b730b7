/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Token buckets as GCRA (ITU-T I.371): one theoretical arrival time, moved by compare-and-swap. */
#ifndef SHAPER_BUCKET_BPF_H
#define SHAPER_BUCKET_BPF_H

#include "maps.bpf.h"

/* More CPUs than this meeting on one word at once is not the bucket's worst problem. */
#define BUCKET_ATTEMPTS 8

/* Takes `cost` from the bucket whose arrival time is at `arrival`; all times in 1/16 ns. */
inline_ bool bucket_take(__u64 *arrival, __u64 cost, __u64 burst, __u64 now_ns)
{
	__u64 now = now_ns << SHAPER_TIME_SHIFT;

	for (int i = 0; i < BUCKET_ATTEMPTS; i++) {
		__u64 old = READ_ONCE(*arrival);
		__u64 next = (old > now ? old : now) + cost;

		if (next - now > burst)
			return false;
		if (__sync_val_compare_and_swap(arrival, old, next) == old)
			return true;
	}
	return false;
}

/* One more copied frame of the slice, within its flood rate? */
global_ __u32 copy_allowed(__u32 slot, __u32 slice_key)
{
	struct shaper_flood *flood = bpf_map_lookup_elem(&floods, &slice_key);
	const struct shaper_slice *slice = slice_at(slot, slice_key);

	return flood && slice &&
	       bucket_take(&flood->copies, slice->flood_cost, slice->flood_burst,
			   bpf_ktime_get_ns());
}

/* One more frame of address resolution of the slice, within the same rate? */
global_ __u32 resolution_allowed(__u32 slot, __u32 slice_key)
{
	struct shaper_flood *flood = bpf_map_lookup_elem(&floods, &slice_key);
	const struct shaper_slice *slice = slice_at(slot, slice_key);

	return flood && slice &&
	       bucket_take(&flood->neighbours, slice->flood_cost, slice->flood_burst,
			   bpf_ktime_get_ns());
}

/*
 * A flow that was demoted stays demoted for a while, or TCP would be reordered at every packet.
 * The table forgets on collision: then a flow may be promoted early, never demoted wrongly.
 */
inline_ __u64 *sticky_of(__u32 flow)
{
	__u32 key = flow % SHAPER_STICKY_FLOWS;

	return bpf_map_lookup_elem(&sticky, &key);
}

inline_ __u64 sticky_word(__u32 flow, __u64 now)
{
	/* Milliseconds wrap after 49 days: a stale word may then hold a flow back 50 ms once. */
	return (__u64)flow << 32 | (__u32)(now / 1000000);
}

inline_ bool sticky_holds(__u32 flow, __u64 now)
{
	__u64 *word = sticky_of(flow);

	if (!word)
		return false;
	__u64 seen = READ_ONCE(*word), current = sticky_word(flow, now);

	return seen >> 32 == flow && (__u32)current - (__u32)seen < SHAPER_STICKY_NS / 1000000;
}

/* Of a packet, in 1/16 ns, to the nearest: 110 bytes at 100 Gbit/s are 141 of them. */
inline_ __u64 packet_cost(__u64 bytes, __u64 byte_cost)
{
	return (bytes * byte_cost + (1u << (SHAPER_COST_SHIFT - 1))) >> SHAPER_COST_SHIFT;
}

/* May this packet of `bytes` go express? Otherwise it is to be demoted. */
inline_ bool express_admits(__u32 bucket_key, __u32 flow, __u64 bytes, __u64 now)
{
	struct shaper_bucket *bucket = bpf_map_lookup_elem(&buckets, &bucket_key);
	const struct shaper_rate *rate = bpf_map_lookup_elem(&rates, &bucket_key);

	if (!bucket || !rate)
		return false;
	__u64 cost = READ_ONCE(rate->cost), burst = READ_ONCE(rate->burst);

	if (unlikely(now >= READ_ONCE(rate->until))) {
		cost = READ_ONCE(rate->then_cost);
		burst = READ_ONCE(rate->then_burst);
	}
	/* The table is looked at only while demotions happen. */
	if (unlikely(now - READ_ONCE(bucket->demoted) < SHAPER_STICKY_NS) &&
	    sticky_holds(flow, now))
		return false;
	if (likely(bucket_take(&bucket->arrival, packet_cost(bytes, cost), burst, now)))
		return true;
	__u64 *word = sticky_of(flow);

	if (word)
		WRITE_ONCE(*word, sticky_word(flow, now));
	WRITE_ONCE(bucket->demoted, now);
	return false;
}

#endif
