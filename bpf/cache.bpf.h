/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What was found out about a flow, for its next packets: where its destination is, and its class.
 *
 * Each CPU has its own, one place a flow; who comes last has it. A find is as good as a search:
 * the whole key is compared, another generation or a move in the slice's address table makes it
 * void, and so does a second, after which the search renews what it learned.
 */
#ifndef SHAPER_CACHE_BPF_H
#define SHAPER_CACHE_BPF_H

#include "classify.bpf.h"
#include "fdb.bpf.h"

#define CACHE_FLOWS 4096
#define CACHE_NS    FDB_REFRESH_NS

struct cached_flow {
	__u64 source;	   /* MAC address << 16 | port or peer it came from */
	__u64 destination; /* MAC address << 16 | protocol << 8 | DSCP */
	__u64 saddr;	   /* the low halves */
	__u64 daddr;
	__u16 sport;
	__u16 dport;
	__u32 generation; /* 0: none */
	__u32 moves;
	__u16 place;
	__u8 traffic_class;
	bool ports;
	__u64 until;
	__u64 pad;
	__u64 saddr_high; /* a line of their own: IPv4 has none */
	__u64 daddr_high;
	__u64 pad_high[6];
};

_Static_assert(__builtin_offsetof(struct cached_flow, saddr_high) == 64,
	       "what IPv4 asks for is one line");
_Static_assert(sizeof(struct cached_flow) == 128, "a flow is two lines");

PERCPU(flows, struct cached_flow, CACHE_FLOWS);

/* A flow as programs ask about it, and what is known then. */
struct flow {
	__u32 slot;
	__u32 generation;
	__u32 slice_key;
	__u32 from; /* the port or peer the packet came from */
	__u32 hash;
	/* of the destination: a port, a peer, PLACE_UNKNOWN or PLACE_REFUSED */
	__u32 place;
	/* unless from a port of this node to another */
	__u32 traffic_class;
};

/* Of addresses, ports and protocol, and of where it came from: two slices' flows are two. */
inline_ __u32 flow_hash(const struct packet *packet, __u32 from)
{
	__u64 mix = (packet->saddr.half[0] ^ packet->saddr.half[1] ^
		     ((__u64)packet->protocol << 48 | from)) *
		    0x9e3779b97f4a7c15ull;

	mix = (mix ^ mix >> 32 ^ packet->daddr.half[0] ^ packet->daddr.half[1] ^
	       ((__u64)packet->sport << 16 | packet->dport)) *
	      0xd6e8feb86659fd93ull;
	return mix >> 32;
}

inline_ struct cached_flow *cache_slot(const struct flow *f)
{
	__u32 key = f->hash >> 20;

	_Static_assert(CACHE_FLOWS == 1 << 12, "the key is twelve bits");
	return bpf_map_lookup_elem(&flows, &key);
}

inline_ __u64 cache_source(const struct packet *packet, const struct flow *f)
{
	return packet->source << 16 | f->from;
}

inline_ __u64 cache_destination(const struct packet *packet)
{
	__u32 family = packet->ethertype == ETH_P_IPV6 ? 0x80 : 0;

	return packet->destination << 16 | (__u32)packet->protocol << 8 | family | packet->dscp;
}

inline_ bool cache_holds(const struct cached_flow *held, const struct packet *packet,
			 const struct flow *f, __u32 moves, __u64 now)
{
	if (held->source != cache_source(packet, f) ||
	    held->destination != cache_destination(packet) ||
	    held->saddr != packet->saddr.half[1] || held->daddr != packet->daddr.half[1] ||
	    held->sport != packet->sport || held->dport != packet->dport ||
	    held->ports != packet->ports || held->generation != f->generation ||
	    held->moves != moves)
		return false;
	if (packet->ethertype == ETH_P_IPV6 && (held->saddr_high != packet->saddr.half[0] ||
						held->daddr_high != packet->daddr.half[0]))
		return false;
	return now < held->until;
}

/* Finds the place and the class, and keeps them where the next packet's would be the same. */
global_ int search_flow(context *ctx, const struct packet *packet, struct flow *f)
{
	__u32 *moves, seen_moves;
	const struct shaper_slice *slice;
	struct cached_flow *held;

	if (!packet || !f)
		return 0;
	moves = bpf_map_lookup_elem(&fdb_moves, &f->slice_key);
	slice = slice_at(f->slot, f->slice_key);
	if (!moves || !slice)
		return 0;
	/* Read before the table is: a move after that makes what is kept void. */
	seen_moves = READ_ONCE(*moves);
	f->place = fdb_locate(f->slot, f->slice_key, packet->source, packet->destination, f->from);
	f->traffic_class = 0;
	if (f->place == PLACE_REFUSED)
		return 0;
	if (!f->place || (f->place | f->from) & SHAPER_PLACE_PEER)
		f->traffic_class = classify(ctx, packet, f->slot, slice->ruleset);
	bool same = f->place && packet->protocol != SHAPER_PROTO_NONE &&
		    !(f->traffic_class & CLASS_BY_PAYLOAD);

	f->traffic_class %= SHAPER_MAX_CLASSES;
	held = same ? cache_slot(f) : 0;
	if (!held)
		return 0;
	held->generation = f->generation;
	held->source = cache_source(packet, f);
	held->destination = cache_destination(packet);
	held->saddr = packet->saddr.half[1];
	held->daddr = packet->daddr.half[1];
	held->saddr_high = packet->saddr.half[0];
	held->daddr_high = packet->daddr.half[0];
	held->sport = packet->sport;
	held->dport = packet->dport;
	held->ports = packet->ports;
	held->moves = seen_moves;
	held->place = f->place;
	held->traffic_class = f->traffic_class;
	held->until = bpf_ktime_get_coarse_ns() + CACHE_NS;
	return 0;
}

/* Fills in *f's place and class. Any clock will do for `now`. */
inline_ void find_flow(context *ctx, const struct packet *packet, struct flow *f, __u64 now)
{
	f->hash = flow_hash(packet, f->from);

	const struct cached_flow *held = cache_slot(f);
	const __u32 *moves = bpf_map_lookup_elem(&fdb_moves, &f->slice_key);

	if (likely(held && moves && cache_holds(held, packet, f, READ_ONCE(*moves), now))) {
		f->place = held->place;
		f->traffic_class = held->traffic_class;
		return;
	}
	search_flow(ctx, packet, f);
}

#endif
