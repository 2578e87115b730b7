/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Where an address is: each slice's own table of learned addresses, and the configured ones. */
#ifndef SHAPER_FDB_BPF_H
#define SHAPER_FDB_BPF_H

#include "count.bpf.h"
#include "parse.bpf.h"

#define PLACE_UNKNOWN 0
#define PLACE_REFUSED (~0u)

/* Writing `seen` at every packet would bounce its cache line between CPUs. */
#define FDB_REFRESH_NS 1000000000ull

inline_ struct shaper_fdb_bucket *fdb_bucket(void *table, const struct shaper_slice *slice,
					     __u64 mac)
{
	/* Fibonacci hashing: the product's high bits depend on every bit of the address. */
	__u32 key = (__u32)(mac * 0x9e3779b97f4a7c15ull >> 48) & slice->fdb_mask;

	return bpf_map_lookup_elem(table, &key);
}

inline_ __u32 static_place(const struct shaper_slice *slice, __u32 slot, __u64 mac)
{
	struct shaper_static_key key = { .mac = mac, .vni = slice->vni, .slot = slot };
	const __u32 *place = bpf_map_lookup_elem(&statics, &key);

	return place ? *place : PLACE_UNKNOWN;
}

/* Where a learned address is: a port, a peer, or PLACE_UNKNOWN. */
inline_ __u32 fdb_find(const struct shaper_fdb_bucket *bucket, __u64 mac, __u64 now, __u64 ageing)
{
	for (int i = 0; i < SHAPER_FDB_WAYS; i++) {
		__u64 entry = READ_ONCE(bucket->way[i].mac_place);

		if (entry >> 16 == mac)
			return now - bucket->way[i].seen < ageing ? entry & 0xffff : PLACE_UNKNOWN;
	}
	return PLACE_UNKNOWN;
}

/* Whatever was kept about the slice's flows is void. */
inline_ void fdb_moved(__u32 slice_key)
{
	__u32 *moves = bpf_map_lookup_elem(&fdb_moves, &slice_key);

	if (moves)
		__sync_fetch_and_add(moves, 1);
	event(SHAPER_EVENT_LEARNED);
}

/* Puts the entry into the bucket's oldest place. */
inline_ void fdb_replace(struct shaper_fdb_bucket *bucket, __u64 entry, __u64 now, __u64 ageing)
{
	__u64 oldest = ~0ull;
	__u32 victim = 0;

	for (int i = 0; i < SHAPER_FDB_WAYS; i++) {
		__u64 seen = bucket->way[i].mac_place ? bucket->way[i].seen : 0;

		if (seen < oldest) {
			oldest = seen;
			victim = i;
		}
	}
	if (oldest && now - oldest < ageing)
		event(SHAPER_EVENT_EVICTED);
	struct shaper_fdb_entry *way = &bucket->way[victim % SHAPER_FDB_WAYS];

	/* The time first: a reader that sees the new address must not judge it by the old time. */
	WRITE_ONCE(way->seen, now);
	WRITE_ONCE(way->mac_place, entry);
}

/* The address is at this place now. True: that is news. */
inline_ bool fdb_learn(struct shaper_fdb_bucket *bucket, __u64 mac, __u32 place, __u64 now,
		       __u64 ageing)
{
	__u64 entry = mac << 16 | place;

	for (int i = 0; i < SHAPER_FDB_WAYS; i++) {
		struct shaper_fdb_entry *way = &bucket->way[i];
		__u64 held = READ_ONCE(way->mac_place);

		if (held >> 16 != mac)
			continue;
		if (now - way->seen > FDB_REFRESH_NS)
			WRITE_ONCE(way->seen, now);
		if (likely(held == entry))
			return false;
		WRITE_ONCE(way->seen, now);
		WRITE_ONCE(way->mac_place, entry);
		return true;
	}
	fdb_replace(bucket, entry, now, ageing);
	return true;
}

inline_ __u32 find_place(void *table, const struct shaper_slice *slice, __u32 slot, __u64 mac,
			 __u64 now, __u64 ageing)
{
	__u32 place = PLACE_UNKNOWN;
	const struct shaper_fdb_bucket *bucket;

	if (unlikely(slice->flags & SHAPER_SLICE_STATICS))
		place = static_place(slice, slot, mac);
	if (place || mac_is_group(mac))
		return place;
	bucket = fdb_bucket(table, slice, mac);
	return bucket ? fdb_find(bucket, mac, now, ageing) : PLACE_UNKNOWN;
}

/* Where an address is: a port, a peer, or PLACE_UNKNOWN. */
global_ __u32 fdb_place(__u32 slot, __u32 slice_key, __u64 mac)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	const struct shaper_settings *node = bpf_map_lookup_elem(&settings, &slot);
	void *table = bpf_map_lookup_elem(&fdbs, &slice_key);

	if (!slice || !node || !table)
		return PLACE_UNKNOWN;
	return find_place(table, slice, slot, mac, bpf_ktime_get_coarse_ns(), node->ageing_ns);
}

/*
 * Learns that the sender is at place `from`, and says where the destination is: a port, a peer, or
 * PLACE_UNKNOWN; PLACE_REFUSED: the sender is configured for another place.
 */
global_ __u32 fdb_locate(__u32 slot, __u32 slice_key, __u64 source, __u64 destination, __u32 from)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	const struct shaper_settings *node = bpf_map_lookup_elem(&settings, &slot);
	void *table = bpf_map_lookup_elem(&fdbs, &slice_key);
	__u32 configured = PLACE_UNKNOWN;

	if (!slice || !node || !table)
		return PLACE_UNKNOWN;
	if (unlikely(slice->flags & SHAPER_SLICE_STATICS)) {
		configured = static_place(slice, slot, source);
		if (configured && configured != from)
			return PLACE_REFUSED;
	}
	__u64 now = bpf_ktime_get_coarse_ns(), ageing = node->ageing_ns;

	if (!configured && source) {
		struct shaper_fdb_bucket *bucket = fdb_bucket(table, slice, source);

		if (bucket && fdb_learn(bucket, source, from, now, ageing))
			fdb_moved(slice_key);
	}
	return find_place(table, slice, slot, destination, now, ageing);
}

#endif
