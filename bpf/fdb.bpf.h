/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Where an address is: each slice's own table of learned addresses, and the configured ones. */
#ifndef SHAPER_FDB_BPF_H
#define SHAPER_FDB_BPF_H

#include "count.bpf.h"
#include "parse.bpf.h"

#define PLACE_UNKNOWN 0

/* Writing `seen` at every packet would bounce its cache line between CPUs. */
#define FDB_REFRESH_NS 1000000000ull

inline_ struct shaper_fdb_bucket *fdb_bucket(__u32 slice_key, const struct shaper_slice *slice,
					     __u64 mac)
{
	void *table = bpf_map_lookup_elem(&fdbs, &slice_key);

	if (!table)
		return 0;
	/* Fibonacci hashing: the product's high bits depend on every bit of the address. */
	__u32 key = (__u32)(mac * 0x9e3779b97f4a7c15ull >> 48) & slice->fdb_mask;

	return bpf_map_lookup_elem(table, &key);
}

inline_ __u32 static_place(const struct shaper_slice *slice, __u32 slot, __u64 mac)
{
	if (likely(!(slice->flags & SHAPER_SLICE_STATICS)))
		return PLACE_UNKNOWN;
	struct shaper_static_key key = { .mac = mac, .vni = slice->vni, .slot = slot };
	const __u32 *place = bpf_map_lookup_elem(&statics, &key);

	return place ? *place : PLACE_UNKNOWN;
}

/* Where the slice's address is: a port, a peer, or PLACE_UNKNOWN. */
global_ int fdb_find(__u32 slot, __u32 slice_key, __u64 mac)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	const struct shaper_settings *node = bpf_map_lookup_elem(&settings, &slot);

	if (!slice || !node)
		return PLACE_UNKNOWN;
	__u32 place = static_place(slice, slot, mac);

	if (place)
		return place;
	const struct shaper_fdb_bucket *bucket = fdb_bucket(slice_key, slice, mac);

	if (!bucket)
		return PLACE_UNKNOWN;
	for (int i = 0; i < SHAPER_FDB_WAYS; i++) {
		__u64 entry = READ_ONCE(bucket->way[i].mac_place);

		if (entry >> 16 != mac)
			continue;
		if (bpf_ktime_get_coarse_ns() - bucket->way[i].seen >= node->ageing_ns)
			return PLACE_UNKNOWN;
		return entry & 0xffff;
	}
	return PLACE_UNKNOWN;
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
	event(SHAPER_EVENT_LEARNED);
}

/* The slice's address is at this place now. 0: it is configured for another one. */
global_ int fdb_learn(__u32 slot, __u32 slice_key, __u64 mac, __u32 place)
{
	const struct shaper_slice *slice = slice_at(slot, slice_key);
	const struct shaper_settings *node = bpf_map_lookup_elem(&settings, &slot);

	if (!slice || !node)
		return 0;
	__u32 configured = static_place(slice, slot, mac);

	if (configured)
		return configured == place;
	struct shaper_fdb_bucket *bucket = fdb_bucket(slice_key, slice, mac);

	if (!bucket || !mac)
		return 1;
	__u64 now = bpf_ktime_get_coarse_ns(), entry = mac << 16 | place;

	for (int i = 0; i < SHAPER_FDB_WAYS; i++) {
		struct shaper_fdb_entry *way = &bucket->way[i];
		__u64 held = READ_ONCE(way->mac_place);

		if (held >> 16 != mac)
			continue;
		if (now - way->seen > FDB_REFRESH_NS)
			WRITE_ONCE(way->seen, now);
		if (unlikely(held != entry)) {
			WRITE_ONCE(way->seen, now);
			WRITE_ONCE(way->mac_place, entry);
			event(SHAPER_EVENT_LEARNED);
		}
		return 1;
	}
	fdb_replace(bucket, entry, now, node->ageing_ns);
	return 1;
}

/* ARP tells which IP address goes with a MAC address: for people who ask, and for answering. */
inline_ void neighbour_learn(const struct packet *packet, __u32 vni)
{
	struct shaper_neighbour_key key = { .vni = vni };
	__u64 mac = packet->source;

	if (!packet->tells_address)
		return;
	memcpy(key.address, &packet->saddr, 16);
	bpf_map_update_elem(&neighbours, &key, &mac, BPF_ANY);
}

#endif
