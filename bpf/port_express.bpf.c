// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * XDP of a port that asks for it: port_ingress's decision for express packets to a known peer,
 * without a socket buffer. Whatever else it may be passes, untouched, to port_ingress.
 */
#define SHAPER_XDP
#include "bucket.bpf.h"
#include "cache.bpf.h"
#include "outer.bpf.h"
#include "promote.bpf.h"

/* The outer TOS byte, as packets have it that go the other way. */
inline_ __u8 outer_tos(const struct shaper_settings *node, const struct shaper_quota *quota,
		       const struct packet *packet)
{
	__u8 tos = quota->tos;

	if (node->flags & SHAPER_DSCP_UNIFORM && !tos && packet->dscp != SHAPER_DSCP_NONE)
		tos = packet->dscp << 2;
	return tos | packet->ecn;
}

SEC("xdp")
int port_express(struct xdp_md *ctx)
{
	__u32 length = ctx->data_end - ctx->data;
	struct packet packet = {};
	struct generation gen;

	if (!generation_now(&gen))
		return XDP_PASS;
	struct flow f = {
		.slot = gen.slot,
		.generation = gen.number,
		.from = port_of(gen.slot, ctx->ingress_ifindex),
	};
	const struct shaper_port *port = port_at(gen.slot, f.from);

	if (!port || port->ifindex != ctx->ingress_ifindex)
		return XDP_PASS;
	f.slice_key = port->slice;

	const struct shaper_slice *slice = slice_at(gen.slot, f.slice_key);

	if (!slice || length > gen.settings->max_frame || !read_headers(ctx, &packet, 0) ||
	    mac_is_group(packet.source) || mac_is_group(packet.destination) || packet.neighbour)
		return XDP_PASS;
	/* One reading of the clock for everything: it is a fifth of the work. */
	__u64 now = bpf_ktime_get_ns();

	find_flow(ctx, &packet, &f, now);
	if (f.place == PLACE_REFUSED || !(f.place & SHAPER_PLACE_PEER))
		return XDP_PASS;
	struct shaper_promotion *promotion =
		promotions_last(now) ? promotion_of(&packet, slice->vni, now) : 0;

	if (unlikely(promotion && has_room(promotion, gen.slot, f.slice_key, now)))
		f.traffic_class = FIRST_CLASS;

	__u32 peer = f.place & ~SHAPER_PLACE_PEER, zero = 0;
	__u64 *sent = bpf_map_lookup_elem(&express_sent, &zero);
	const struct shaper_quota *quota = quota_of(gen.slot, f.slice_key, f.traffic_class);
	const struct shaper_hop *hop = bpf_map_lookup_elem(&hops, &peer);
	struct shaper_class_counters *count = class_counters_of(f.slice_key, f.traffic_class);

	if (!quota || !quota->demoted || !hop || !count || !sent || !shares_slice(slice, peer) ||
	    READ_ONCE(hop->until) < now)
		return XDP_PASS;

	__u32 bytes = length + sizeof(struct outer);

	/* What exceeds the bucket, port_ingress demotes: the flow is marked, so it will. */
	if (!express_admits(quota->bucket, f.hash, bytes, now))
		return XDP_PASS;
	if (!put_outer(ctx, hop, slice->vni, outer_tos(gen.settings, quota, &packet), f.hash))
		return XDP_PASS;
	/* What passes, port_ingress weighs. */
	if (unlikely(promotion))
		weigh(promotion, bytes);
	*sent += bytes;
	count->packets++;
	count->bytes += bytes;
	count->express_packets++;
	count->express_bytes += bytes;
	return bpf_redirect_map(&devices, SHAPER_DEVICE_UNDERLAY, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
