// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * tc ingress of a port: the whole decision for a frame that enters the fabric.
 *
 * port -> slice; learn the sender; look up the destination; then, for a peer: classify, police,
 * choose the queue and the tunnel. What later hooks need travels with the packet.
 */
#include "bucket.bpf.h"
#include "cache.bpf.h"
#include "deliver.bpf.h"
#include "ecn.bpf.h"
#include "promote.bpf.h"
#include "suppress.bpf.h"
#include "toobig.bpf.h"

#define TOS_NETWORK_CONTROL 0xc0 /* CS6 */

/* What is known about one frame on its way through. */
struct frame {
	struct generation gen;
	struct packet packet;
	const struct shaper_port *port;
	const struct shaper_slice *slice;
	struct flow flow;
	__u64 now; /* coarse */
};

enum { NOT_OURS = TC_ACT_UNSPEC };

/*
 * Would the host take it for its tunnel's? What hides its UDP port, as a fragment or behind headers
 * that nobody reads, might be.
 */
inline_ bool is_for_tunnel(const struct packet *packet, const struct shaper_settings *node)
{
	const __u64 *local = (const __u64 *)node->local;

	if (packet->daddr.half[0] != local[0] || packet->daddr.half[1] != local[1])
		return false;
	if (packet->ports)
		return packet->protocol == IPPROTO_UDP &&
		       packet->dport == bpf_ntohs(node->udp_port);
	switch (packet->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return false;
	}
	return true;
}

/* A trunk's frames that the policy does not name are the host's, but its tunnel is no tenant's. */
inline_ int hand_to_host(struct __sk_buff *skb, struct frame *f)
{
	read_headers(skb, &f->packet);
	return is_for_tunnel(&f->packet, f->gen.settings) ? drop(SHAPER_DROP_NOT_PEER) : NOT_OURS;
}

/* Finds the port. NOT_OURS: a VLAN of a trunk that the policy does not name. */
inline_ int find_port(struct __sk_buff *skb, struct frame *f)
{
	__u32 ifindex = skb->ingress_ifindex;

	f->flow.from = port_of(f->gen.slot, ifindex);
	if (f->flow.from == SHAPER_TRUNK) {
		struct shaper_trunk_key key = { .ifindex = ifindex, .slot = f->gen.slot };
		const __u32 *trunk_port;

		if (!skb->vlan_present)
			return hand_to_host(skb, f);
		key.vlan = skb->vlan_tci & 0xfff;
		trunk_port = bpf_map_lookup_elem(&trunks, &key);
		if (!trunk_port)
			return hand_to_host(skb, f);
		f->flow.from = *trunk_port;
		if (bpf_skb_vlan_pop(skb))
			return drop(SHAPER_DROP_MALFORMED);
	}
	f->port = port_at(f->gen.slot, f->flow.from);
	if (!f->port || f->port->ifindex != ifindex)
		return drop(SHAPER_DROP_NO_PORT);
	f->flow.slice_key = f->port->slice;
	f->slice = slice_at(f->gen.slot, f->flow.slice_key);
	return f->slice ? TC_ACT_OK : drop(SHAPER_DROP_NO_PORT);
}

/* Reads the headers, learns where the sender is, and finds the destination's place. */
inline_ int read_frame(struct __sk_buff *skb, struct frame *f)
{
	if (!read_headers(skb, &f->packet))
		return drop(SHAPER_DROP_MALFORMED);
	if (mac_is_group(f->packet.source))
		return drop(SHAPER_DROP_SOURCE_MAC);
	f->now = bpf_ktime_get_coarse_ns();
	find_flow(skb, &f->packet, &f->flow, f->now);
	return f->flow.place == PLACE_REFUSED ? drop(SHAPER_DROP_STATIC_MAC) : TC_ACT_OK;
}

/* ARP and neighbour discovery: learns what is said, answers what is known. */
inline_ int resolve(struct __sk_buff *skb, const struct frame *f)
{
	if (likely(!f->packet.neighbour))
		return TC_ACT_OK;
	neighbour_learn(skb, &f->packet, f->gen.slot, f->flow.slice_key);
	if (!suppress(skb, &f->packet, f->gen.slot, f->flow.slice_key))
		return TC_ACT_OK;
	event(SHAPER_EVENT_SUPPRESSED);
	return deliver_to_port(skb, f->port);
}

/* Headers that each segment of a super-packet repeats. */
inline_ __u32 segment_headers(struct __sk_buff *skb, const struct packet *packet)
{
	__u8 offset = 0;

	if (packet->protocol == IPPROTO_UDP)
		return packet->l4 + 8;
	bpf_skb_load_bytes(skb, packet->l4 + 12, &offset, 1);
	return packet->l4 + (offset >> 4) * 4;
}

/* The frame as the wire will see it: segments, the longest, and all bytes with outer headers. */
struct wire_size {
	__u32 packets;
	__u32 longest;
	__u64 bytes;
};

inline_ struct wire_size size_on_wire(struct __sk_buff *skb, const struct frame *f)
{
	__u32 overhead = f->gen.settings->overhead, tag = skb->vlan_present ? 4 : 0;
	__u32 length = skb->len + tag, segment = skb->gso_size;

	if (likely(!segment))
		return (struct wire_size){
			.packets = 1,
			.longest = length,
			.bytes = length + overhead,
		};
	__u32 headers = segment_headers(skb, &f->packet) + tag;
	__u32 payload = length > headers ? length - headers : 0;
	__u32 segments = (payload + segment - 1) / segment;

	return (struct wire_size){
		.packets = segments,
		.longest = headers + segment,
		.bytes = payload + (__u64)segments * (headers + overhead),
	};
}

/* The queue, and the outer DSCP, of a frame for a peer (or for `copies` of them). */
struct treatment {
	__u32 queue;
	__u8 tos;
};

/* The policer by itself: spares the verifier its loop for each way that leads here. */
global_ __u32 goes_express(__u32 bucket, __u32 flow, __u64 bytes)
{
	return express_admits(bucket, flow, bytes, bpf_ktime_get_ns());
}

/* The same for promotion: weighs the packet, and says whether it goes first. */
global_ __u32 goes_first(const struct packet *packet, const struct flow *f, __u32 vni, __u64 bytes,
			 __u64 now)
{
	struct shaper_promotion *promotion;

	if (!packet || !f)
		return false;
	promotion = promotion_of(packet, vni, now);
	if (!promotion)
		return false;
	weigh(promotion, bytes);
	return has_room(promotion, f->slot, f->slice_key, now);
}

/* The packet's class: what the rules say, or the first. */
inline_ __u32 class_of(const struct frame *f, __u64 bytes)
{
	return promotions_last(f->now) &&
			       goes_first(&f->packet, &f->flow, f->slice->vni, bytes, f->now)
		       ? FIRST_CLASS
		       : f->flow.traffic_class;
}

inline_ struct treatment treat(const struct frame *f, const struct wire_size *size, __u32 copies)
{
	__u64 packets = (__u64)size->packets * copies, bytes = size->bytes * copies;
	__u32 traffic_class = class_of(f, bytes);
	const struct shaper_quota *quota = quota_of(f->gen.slot, f->flow.slice_key, traffic_class);
	struct shaper_class_counters *count = class_counters_of(f->flow.slice_key, traffic_class);
	struct treatment t = { .queue = SHAPER_QDISC_MAJOR << 16 | SHAPER_OWN_MINOR };

	if (!quota || !count)
		return t;
	count->packets += packets;
	count->bytes += bytes;
	t.queue = quota->leaf;
	t.tos = quota->tos;
	if (f->gen.settings->flags & SHAPER_DSCP_UNIFORM && !t.tos &&
	    f->packet.dscp != SHAPER_DSCP_NONE)
		t.tos = f->packet.dscp << 2;
	if (!quota->demoted)
		return t;
	if (goes_express(quota->bucket, f->flow.hash, bytes)) {
		count->express_packets += packets;
		count->express_bytes += bytes;
	} else {
		count->demoted_packets += packets;
		count->demoted_bytes += bytes;
		t.queue = quota->demoted;
	}
	return t;
}

/*
 * Address resolution waits behind no class, or a full queue would stop the flows that ask. It goes
 * with the node's own traffic, at no more than the slice's flood rate; the rest is traffic.
 */
inline_ bool is_resolution(const struct frame *f)
{
	return unlikely(f->packet.neighbour) && resolution_allowed(f->gen.slot, f->flow.slice_key);
}

inline_ __u32 peers_of(const struct shaper_slice *slice)
{
	__u32 count = 0;

#pragma unroll
	for (int word = 0; word < SHAPER_MAX_PEERS / 64; word++)
		count += bits_set(slice->peers[word]);
	return count;
}

/*
 * Is a frame without a known place copied? A unicast frame that has but one place to go is not: it
 * costs what a known one costs, and a flow whose receiver never speaks would otherwise be held to
 * the flood rate.
 */
inline_ bool is_copied(const struct frame *f, __u32 peer_copies)
{
	return mac_is_group(f->packet.destination) || peer_copies + f->slice->ports > 2;
}

/* To one known peer, or (peer 0: broadcast, unknown, multicast) a copy to each port and peer. */
inline_ int send(struct __sk_buff *skb, const struct frame *f, __u32 peer,
		 const struct wire_size *size)
{
	__u32 copies = peer ? 1 : peers_of(f->slice);
	struct treatment t = { .queue = SHAPER_QDISC_MAJOR << 16 | SHAPER_OWN_MINOR,
			       .tos = TOS_NETWORK_CONTROL };

	if (is_resolution(f))
		event(SHAPER_EVENT_RESOLUTION);
	else if (!peer && is_copied(f, copies) && !copy_allowed(f->gen.slot, f->flow.slice_key))
		return drop(SHAPER_DROP_FLOOD_LIMIT);
	else if (copies)
		t = treat(f, size, copies);
	if (unlikely(f->packet.ecn == ECN_CE))
		t.queue |= SHAPER_CE_MARK;
	skb->priority = t.queue;
	if (peer) {
		if (!aim(skb, f->gen.settings, f->gen.slot, peer, f->slice->vni, t.tos))
			return drop(SHAPER_DROP_TUNNEL);
		/* It names the outer source port, and the kernel would read the headers again for
		 * it. */
		if (!skb->hash)
			bpf_set_hash(skb, f->flow.hash);
		return bpf_redirect(f->gen.settings->vxlan_ifindex, 0);
	}
	event(SHAPER_EVENT_FLOODED);
	copy_to_ports(skb, f->gen.slot, f->flow.slice_key, f->flow.from);
	copy_to_peers(skb, f->gen.slot, f->flow.slice_key, f->slice, t.tos);
	/* The copies are out; the original ends here, uncounted: nothing was lost. */
	return TC_ACT_SHOT;
}

inline_ int refuse_too_big(struct __sk_buff *skb, const struct frame *f)
{
	__u32 mtu = f->gen.settings->max_frame - sizeof(struct ethhdr);

	drop(SHAPER_DROP_TOO_BIG);
	if (!answer_too_big(skb, &f->packet, mtu))
		return TC_ACT_SHOT;
	event(SHAPER_EVENT_TOO_BIG_ANSWERED);
	return deliver_to_port(skb, f->port);
}

SEC("tc")
int port_ingress(struct __sk_buff *skb)
{
	struct frame f = {};
	int verdict;

	if (!generation_now(&f.gen))
		return drop(SHAPER_DROP_NO_GENERATION);
	f.flow.slot = f.gen.slot;
	f.flow.generation = f.gen.number;
	verdict = find_port(skb, &f);
	if (verdict != TC_ACT_OK)
		return verdict;
	verdict = read_frame(skb, &f);
	if (verdict != TC_ACT_OK)
		return verdict;
	verdict = resolve(skb, &f);
	if (verdict != TC_ACT_OK)
		return verdict;

	__u32 place = f.flow.place;

	if (place && !(place & SHAPER_PLACE_PEER)) {
		const struct shaper_port *to = local_port(f.gen.slot, f.flow.slice_key, place);

		if (place == f.flow.from)
			return drop(SHAPER_DROP_NO_DESTINATION);
		if (to) {
			event(SHAPER_EVENT_SWITCHED);
			return deliver_to_port(skb, to);
		}
		place = PLACE_UNKNOWN;
	}

	struct wire_size size = size_on_wire(skb, &f);
	__u32 peer = place & ~SHAPER_PLACE_PEER;

	if (unlikely(size.longest > f.gen.settings->max_frame))
		return refuse_too_big(skb, &f);
	return send(skb, &f, shares_slice(f.slice, peer) ? peer : 0, &size);
}

char _license[] SEC("license") = "Dual BSD/GPL";
