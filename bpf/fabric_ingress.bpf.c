// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * tc ingress of the vxlan device: a frame that a peer sent. Nothing gets past here into the host:
 * it is delivered to ports of its slice, or dropped and counted.
 */
#include "bucket.bpf.h"
#include "deliver.bpf.h"
#include "ecn.bpf.h"
#include "neighbour.bpf.h"

/* Who sent it, in which network. */
struct origin {
	__u32 peer;
	__u32 slice_key;
	const struct shaper_slice *slice;
	__u8 tos;
};

inline_ int find_origin(struct __sk_buff *skb, const struct generation *gen, struct origin *from)
{
	bool v6 = gen->settings->flags & SHAPER_UNDERLAY_V6;
	struct bpf_tunnel_key tunnel = {};
	struct shaper_peer_key peer_key = { .slot = gen->slot };
	struct shaper_vni_key vni_key = { .slot = gen->slot };
	bool is_ours;

	if (bpf_skb_get_tunnel_key(skb, &tunnel, sizeof(tunnel), v6 ? BPF_F_TUNINFO_IPV6 : 0))
		return drop(SHAPER_DROP_TUNNEL);
	if (v6) {
		const __u32 *own = (const __u32 *)gen->settings->local, *to = tunnel.local_ipv6;

		is_ours = to[0] == own[0] && to[1] == own[1] && to[2] == own[2] && to[3] == own[3];
		memcpy(peer_key.address, tunnel.remote_ipv6, 16);
	} else {
		peer_key.address[10] = peer_key.address[11] = 0xff;
		*(__u32 *)(peer_key.address + 12) = bpf_htonl(tunnel.remote_ipv4);
		is_ours = bpf_htonl(tunnel.local_ipv4) == *(__u32 *)(gen->settings->local + 12);
	}
	vni_key.vni = tunnel.tunnel_id;

	const __u32 *peer = bpf_map_lookup_elem(&peer_index, &peer_key);

	/* The device takes what is for any address of the host, by any interface. */
	if (!peer || !is_ours)
		return drop(SHAPER_DROP_NOT_PEER);
	const __u32 *slice = bpf_map_lookup_elem(&vnis, &vni_key);

	if (!slice)
		return drop(SHAPER_DROP_WRONG_VNI);
	from->peer = *peer;
	from->slice_key = *slice;
	from->slice = slice_at(gen->slot, *slice);
	if (!from->slice || !shares_slice(from->slice, from->peer))
		return drop(SHAPER_DROP_WRONG_VNI);
	from->tos = tunnel.tunnel_tos;
	return TC_ACT_OK;
}

/* The uniform model (RFC 2983): what the network made of the DSCP is what the receiver sees. */
inline_ void write_back_dscp(struct __sk_buff *skb, const struct packet *packet, __u8 outer)
{
	__u8 tos = 0, bytes[2];

	if (packet->ethertype == ETH_P_IP) {
		if (bpf_skb_load_bytes(skb, packet->l3 + 1, &tos, 1))
			return;
		__u8 marked = (outer & ~ECN_BITS) | (tos & ECN_BITS);

		if (marked == tos)
			return;
		bpf_l3_csum_replace(skb, packet->l3 + 10, bpf_htons(tos), bpf_htons(marked), 2);
		bpf_skb_store_bytes(skb, packet->l3 + 1, &marked, 1, 0);
	} else if (packet->ethertype == ETH_P_IPV6) {
		if (bpf_skb_load_bytes(skb, packet->l3, bytes, 2))
			return;
		tos = bytes[0] << 4 | bytes[1] >> 4;
		__u8 marked = (outer & ~ECN_BITS) | (tos & ECN_BITS);

		bytes[0] = (bytes[0] & 0xf0) | marked >> 4;
		bytes[1] = (bytes[1] & 0x0f) | marked << 4;
		bpf_skb_store_bytes(skb, packet->l3, bytes, 2, 0);
	}
}

/* A frame for several ports is copied, at no more than the slice's flood rate. */
inline_ bool may_copy(__u32 slot, const struct origin *from, const struct packet *packet)
{
	return from->slice->ports < 2 ||
	       (packet->neighbour && resolution_allowed(slot, from->slice_key)) ||
	       copy_allowed(slot, from->slice_key);
}

SEC("tc")
int fabric_ingress(struct __sk_buff *skb)
{
	struct generation gen;
	struct origin from = {};
	struct packet packet = {};

	if (!generation_now(&gen))
		return drop(SHAPER_DROP_NO_GENERATION);
	if (find_origin(skb, &gen, &from) != TC_ACT_OK)
		return TC_ACT_SHOT;
	if (!read_headers(skb, &packet))
		return drop(SHAPER_DROP_MALFORMED);
	if (mac_is_group(packet.source))
		return drop(SHAPER_DROP_SOURCE_MAC);
	__u32 place = fdb_locate(gen.slot, from.slice_key, packet.source, packet.destination,
				 from.peer | SHAPER_PLACE_PEER);

	if (place == PLACE_REFUSED)
		return drop(SHAPER_DROP_STATIC_MAC);
	if (packet.neighbour)
		neighbour_learn(skb, &packet, gen.slot, from.slice_key);
	if (gen.settings->flags & SHAPER_DSCP_UNIFORM)
		write_back_dscp(skb, &packet, from.tos);

	if (place & SHAPER_PLACE_PEER)
		return drop(SHAPER_DROP_SPLIT_HORIZON);
	const struct shaper_port *to = local_port(gen.slot, from.slice_key, place);

	if (!to && !may_copy(gen.slot, &from, &packet))
		return drop(SHAPER_DROP_FLOOD_LIMIT);
	event(SHAPER_EVENT_DELIVERED);
	if (to)
		return deliver_to_port(skb, to);
	/* Split horizon: what a peer sent is copied to ports only, peers have theirs already. */
	copy_to_ports(skb, gen.slot, from.slice_key, 0);
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
