// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * XDP of an underlay that is a real NIC: the guard, and express reception. VXLAN for this node that
 * no peer may send ends here, before it costs a socket buffer; an express packet for a port that
 * takes it goes straight there; everything else passes untouched.
 */
#define SHAPER_XDP
#include "cache.bpf.h"
#include "outer.bpf.h"

/*
 * The port an express packet is for; 0: it is another's business. Its class is what the rules say
 * here, for a DSCP on the outside can be forged.
 */
inline_ __u32 express_port(struct xdp_md *ctx, const struct origin *from)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct packet packet = {};

	if (from->gen.settings->flags & SHAPER_DSCP_UNIFORM || !is_plain_outer(data, data_end) ||
	    !read_headers(ctx, &packet, sizeof(struct outer)) || mac_is_group(packet.source) ||
	    mac_is_group(packet.destination) || packet.neighbour)
		return 0;
	struct flow f = {
		.slot = from->gen.slot,
		.generation = from->gen.number,
		.slice_key = from->slice_key,
		.from = from->peer | SHAPER_PLACE_PEER,
	};

	/* For the payload's sake: it is counted from the packet's start. */
	packet.l4 += sizeof(struct outer);
	find_flow(ctx, &packet, &f, bpf_ktime_get_coarse_ns());
	if (f.place == PLACE_REFUSED || f.place & SHAPER_PLACE_PEER)
		return 0;
	const struct shaper_port *to = local_port(f.slot, f.slice_key, f.place);
	const struct shaper_quota *quota = quota_of(f.slot, f.slice_key, f.traffic_class);

	if (!to || to->vlan || !(to->flags & SHAPER_PORT_REDIRECT) || !quota || !quota->demoted)
		return 0;
	return f.place;
}

SEC("xdp")
int underlay_ingress(struct xdp_md *ctx)
{
	struct origin from = {};
	__u32 reason = guard((void *)(long)ctx->data, (void *)(long)ctx->data_end, &from);

	if (reason < SHAPER_DROP_REASONS) {
		drop(reason);
		return XDP_DROP;
	}
	__u32 port = reason == GUARD_ENTERS ? express_port(ctx, &from) : 0;

	if (!port || bpf_xdp_adjust_head(ctx, sizeof(struct outer)))
		return XDP_PASS;
	event(SHAPER_EVENT_DELIVERED);
	return bpf_redirect_map(&devices, port, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
