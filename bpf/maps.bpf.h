/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The maps. Each object declares all of them; the controller pins them once and shares them. */
#ifndef SHAPER_MAPS_BPF_H
#define SHAPER_MAPS_BPF_H

#include "prelude.bpf.h"

#define SHAPER_MAP(name, map_type, key_type, value_type, entries, flags)                           \
	struct {                                                                                   \
		__uint(type, map_type);                                                            \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, flags);                                                          \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

#define ARRAY(name, value, entries) SHAPER_MAP(name, BPF_MAP_TYPE_ARRAY, __u32, value, entries, 0)
/* The controller fills and reads these in its own memory, whole slots at once. */
#define IMAGE(name, value, entries)                                                                \
	SHAPER_MAP(name, BPF_MAP_TYPE_ARRAY, __u32, value, entries, BPF_F_MMAPABLE)
#define PERCPU(name, value, entries)                                                               \
	SHAPER_MAP(name, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, value, entries, 0)
/* Entries come and go with policies: allocated when they are made. */
#define HASH(name, key, value, entries)                                                            \
	SHAPER_MAP(name, BPF_MAP_TYPE_HASH, key, value, entries, BPF_F_NO_PREALLOC)

/* the policy image, two slots of each */
ARRAY(control, struct shaper_control, 1);
IMAGE(settings, struct shaper_settings, SHAPER_SLOTS);
IMAGE(port_index, struct shaper_port_index, SHAPER_SLOTS);
IMAGE(ports, struct shaper_port, SHAPER_SLOTS *SHAPER_MAX_PORTS);
IMAGE(slices, struct shaper_slice, SHAPER_SLOTS *SHAPER_SLICE_INDICES);
IMAGE(peers, struct shaper_peer, SHAPER_SLOTS *SHAPER_MAX_PEERS);
IMAGE(quotas, struct shaper_quota, SHAPER_SLOTS *SHAPER_SLICE_INDICES *SHAPER_MAX_CLASSES);
IMAGE(rulesets, struct shaper_ruleset, SHAPER_SLOTS *SHAPER_SLICE_INDICES);
IMAGE(rules, struct shaper_rule, SHAPER_SLOTS *SHAPER_MAX_RULE_SLOTS);
IMAGE(cells, union shaper_cell, SHAPER_SLOTS *SHAPER_SLOT_CELLS);
HASH(trunks, struct shaper_trunk_key, __u32, SHAPER_SLOTS *SHAPER_MAX_PORTS);
HASH(vnis, struct shaper_vni_key, __u32, SHAPER_SLOTS *SHAPER_MAX_SLICES);
HASH(peer_index, struct shaper_peer_key, __u32, SHAPER_SLOTS *SHAPER_MAX_PEERS);
HASH(statics, struct shaper_static_key, __u32, SHAPER_MAX_STATICS);
HASH(static_ips, struct shaper_static_ip_key, __u64, SHAPER_MAX_STATICS);

/* state */
ARRAY(hops, struct shaper_hop, SHAPER_MAX_PEERS);
SHAPER_MAP(devices, BPF_MAP_TYPE_DEVMAP, __u32, __u32, SHAPER_MAX_PORTS, 0);
ARRAY(buckets, struct shaper_bucket, (SHAPER_SLICE_INDICES + 1) * SHAPER_MAX_CLASSES);
ARRAY(rates, struct shaper_rate, (SHAPER_SLICE_INDICES + 1) * SHAPER_MAX_CLASSES);
HASH(promotions, struct shaper_promotion_key, struct shaper_promotion, SHAPER_MAX_PROMOTIONS);
ARRAY(thresholds, struct shaper_threshold, SHAPER_SLICE_INDICES + 1);
ARRAY(promotion_end, __u64, 1);
ARRAY(floods, struct shaper_flood, SHAPER_SLICE_INDICES);
/* how often something in a slice's address table changed */
ARRAY(fdb_moves, __u32, SHAPER_SLICE_INDICES);
ARRAY(sticky, __u64, SHAPER_STICKY_FLOWS);
SHAPER_MAP(neighbours, BPF_MAP_TYPE_LRU_HASH, struct shaper_neighbour_key, struct shaper_neighbour,
	   65536, 0);

/* Tables of any size may stand in the outer map: a slice's own macLimit. */
struct fdb {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_INNER_MAP);
	/* sizes, not types: of a type named only here, clang emits no more than its name */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct shaper_fdb_bucket));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SHAPER_SLICE_INDICES);
	__type(key, __u32);
	__array(values, struct fdb);
} fdbs SEC(".maps");

/* counters */
PERCPU(express_sent, __u64, 1);
PERCPU(class_counters, struct shaper_class_counters, SHAPER_SLICE_INDICES *SHAPER_MAX_CLASSES);
PERCPU(drops, __u64, SHAPER_DROP_REASONS);
PERCPU(events, __u64, SHAPER_EVENT_KINDS);

ARRAY(charge, __u64, 1);
ARRAY(meta, struct shaper_meta, 1);

/* The generation this packet sees, from first to last. */
struct generation {
	const struct shaper_settings *settings;
	__u32 slot;
	__u32 number;
};

/* False: no policy is in force. */
inline_ bool generation_now(struct generation *gen)
{
	__u32 zero = 0;
	const struct shaper_control *control_word = bpf_map_lookup_elem(&control, &zero);

	if (!control_word)
		return false;
	__u32 number = READ_ONCE(control_word->generation);

	if (unlikely(!number))
		return false;
	gen->number = number;
	gen->slot = number % SHAPER_SLOTS;
	gen->settings = bpf_map_lookup_elem(&settings, &gen->slot);
	return gen->settings;
}

inline_ const struct shaper_slice *slice_at(__u32 slot, __u32 slice)
{
	__u32 key = slot * SHAPER_SLICE_INDICES + slice;

	return bpf_map_lookup_elem(&slices, &key);
}

inline_ bool shares_slice(const struct shaper_slice *slice, __u32 peer)
{
	return slice->peers[peer / 64 % (SHAPER_MAX_PEERS / 64)] >> peer % 64 & 1;
}

inline_ const struct shaper_port *port_at(__u32 slot, __u32 port)
{
	__u32 key = slot * SHAPER_MAX_PORTS + port;

	return bpf_map_lookup_elem(&ports, &key);
}

/* The port an interface is, SHAPER_TRUNK, or 0: none. */
inline_ __u32 port_of(__u32 slot, __u32 ifindex)
{
	const struct shaper_port_index *index = bpf_map_lookup_elem(&port_index, &slot);

	return index && ifindex < SHAPER_MAX_IFINDEX ? index->port[ifindex] : 0;
}

/* Addressed in the slice's table to a port that is (still) this slice's, or NULL. */
inline_ const struct shaper_port *local_port(__u32 slot, __u32 slice_key, __u32 place)
{
	const struct shaper_port *port = port_at(slot, place);

	return port && port->ifindex && port->slice == slice_key ? port : 0;
}

inline_ const struct shaper_quota *quota_of(__u32 slot, __u32 slice, __u32 traffic_class)
{
	__u32 key = (slot * SHAPER_SLICE_INDICES + slice) * SHAPER_MAX_CLASSES + traffic_class;

	return bpf_map_lookup_elem(&quotas, &key);
}

#endif
