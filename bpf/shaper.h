/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The contract between the kernel side (bpf/) and the control process (Sources/).
 *
 * Every struct, limit, map and drop reason that both sides know is declared here and nowhere else.
 * Swift imports this file through Sources/CBPF. Change a layout, and SHAPER_ABI changes with it.
 *
 * Conventions: sizes in bytes, times in nanoseconds of CLOCK_MONOTONIC unless a name says more,
 * addresses in network byte order, everything else in the host's. IPv4 is carried in IPv6 form
 * (::ffff:a.b.c.d). No hidden padding: pad members are named, zero, and asserted.
 */
#ifndef SHAPER_H
#define SHAPER_H

#include <linux/types.h>

#define SHAPER_ABI 4

/* ---- limits ------------------------------------------------------------------------------- */

enum shaper_limits {
	SHAPER_MAX_CLASSES = 8,
	SHAPER_MAX_SLICES = 4096,
	/* twice the slices: an index is not given to another slice while a packet may still know it
	 */
	SHAPER_SLICE_INDICES = 8192,
	SHAPER_MAX_PORTS = 8192, /* port indices; 0 is no port */
	SHAPER_MAX_PEERS = 512,	 /* peer indices; 0 is no peer */
	SHAPER_MAX_SLICE_PORTS = 64,
	SHAPER_MAX_IFINDEX = 65536,
	SHAPER_MAX_RULES = 10000, /* a node */
	SHAPER_MAX_SLICE_RULES = 256,
	SHAPER_MAX_RULE_SLOTS = 131072, /* bits of all rule sets of a generation */
	SHAPER_SLOT_CELLS = 131072,	/* a generation */
	SHAPER_MAX_STATICS = 65536,	/* both generations */
	SHAPER_MAX_QUOTA_SLICES = 1024, /* slices with queues of their own */
	SHAPER_MAX_NODE_NAME = 12,	/* the vxlan device is named sh-NODE */
	SHAPER_SLOTS = 2,		/* generations held at once */
	SHAPER_FDB_WAYS = 8,
	SHAPER_STICKY_FLOWS = 4096,
	SHAPER_MAX_PROMOTIONS = 65536,
};

/* ---- queues ------------------------------------------------------------------------------- */

/* tc handles; hexadecimal, as tc prints them. */
enum shaper_queue_ids {
	SHAPER_QDISC_MAJOR = 0x5348, /* "SH": the root qdisc is 5348: */
	SHAPER_LINK_MINOR = 0x1,
	SHAPER_EXPRESS_MINOR = 0x2,
	SHAPER_OWN_MINOR = 0x3,		 /* the node's own traffic; also HTB's default */
	SHAPER_COMMON_MINOR = 0x4,	 /* the subtree of slices without quotas */
	SHAPER_COMMON_LEAF_MINOR = 0x10, /* + class */
	SHAPER_SLICE_MINOR = 0x100,	 /* + 16 * queue index; its leaves + 1 + class */
	SHAPER_SLICE_STRIDE = 0x10,
	/* In skb->priority from port_ingress to underlay_egress: congestion was experienced. */
	SHAPER_CE_MARK = 0x8000,
};

/* ---- policy image: two of everything, told apart by slot ----------------------------------- */

/* map control, key 0: the one word that is flipped. slot = generation % SHAPER_SLOTS; 0: none. */
struct shaper_control {
	__u32 generation;
	__u32 pad;
};

enum shaper_settings_flags {
	SHAPER_DSCP_UNIFORM = 1u << 0, /* RFC 2983: the outer DSCP is written back at delivery */
	SHAPER_UNDERLAY_V6 = 1u << 1,
};

/* map settings, key slot: what holds for the whole node. */
struct shaper_settings {
	__u32 vxlan_ifindex;
	__u32 flags;
	__u32 max_frame; /* the longest inner frame, Ethernet header included, VLAN tag not */
	__u32 overhead;	 /* outer bytes of every segment: 50, on IPv6 70 */
	__u64 ageing_ns;
	__u16 udp_port; /* network order */
	__u16 pad;
	__u32 cells;	/* in use */
	__u8 local[16]; /* this node's tunnel endpoint */
};

/* map port_index, key slot: interface index to port index. */
struct shaper_port_index {
	__u16 port[SHAPER_MAX_IFINDEX];
};

/* In port_index: the interface is a trunk, map trunks tells the port by its VLAN. */
#define SHAPER_TRUNK 0xffffu

/* map trunks */
struct shaper_trunk_key {
	__u32 ifindex;
	__u16 vlan;
	__u16 slot;
};

enum shaper_port_flags {
	/* a veth whose other end is in another namespace: bpf_redirect_peer may be used */
	SHAPER_PORT_PEER = 1u << 0,
	/* XDP_REDIRECT gets there: the driver transmits XDP frames, and a veth's far end has NAPI
	 */
	SHAPER_PORT_REDIRECT = 1u << 1,
};

/* map ports, key slot * SHAPER_MAX_PORTS + port index */
struct shaper_port {
	__u32 ifindex; /* 0: none */
	__u16 vlan;    /* 0: untagged */
	__u16 flags;
	__u16 slice;
	__u16 pad[3];
};

enum shaper_slice_flags {
	/* maps statics and perhaps static_ips have entries of this slice */
	SHAPER_SLICE_STATICS = 1u << 0,
};

/* map slices, key slot * SHAPER_SLICE_INDICES + slice index */
struct shaper_slice {
	__u32 vni; /* 0: none */
	__u32 flags;
	__u16 ruleset;
	__u16 fdb_mask; /* buckets of the address table, less one */
	__u16 ports;	/* how many of port[] */
	__u16 pad;
	__u64 flood_cost;		    /* a copied frame's time in the flood bucket, 1/16 ns */
	__u64 flood_burst;		    /* 1/16 ns */
	__u64 peers[SHAPER_MAX_PEERS / 64]; /* bit per peer index: shares this slice */
	__u16 port[SHAPER_MAX_SLICE_PORTS]; /* port indices, for copies */
};

/* map vnis */
struct shaper_vni_key {
	__u32 vni;
	__u32 slot;
};

/* map peers, key slot * SHAPER_MAX_PEERS + peer index */
struct shaper_peer {
	__u8 address[16]; /* zero: none */
};

/* map peer_index */
struct shaper_peer_key {
	__u8 address[16];
	__u32 slot;
};

/* map quotas, key (slot * SHAPER_SLICE_INDICES + slice) * SHAPER_MAX_CLASSES + class */
struct shaper_quota {
	__u32 leaf;    /* tc class id of the lane: skb->priority */
	__u32 demoted; /* express only: the queued leaf of what exceeds the bucket; else 0 */
	__u32 bucket;  /* express only: key of maps buckets and rates */
	__u8 tos;      /* outer DSCP << 2 */
	__u8 pad[3];
};

/* ---- classification ------------------------------------------------------------------------ */

/*
 * The rules of a slice are bits of a vector, in file order; a rule for either end is two of them.
 * Each dimension maps a packet's key to the vector of the rules whose condition there holds, by a
 * trie; the AND's first set bit is the rule that wins. What a trie is made of, and the vectors, are
 * cells of one cache line each, in map cells: a look-up costs a cell for each nibble that matters,
 * whatever the number of rules.
 */
enum shaper_dimension {
	SHAPER_DIM_TRANSPORT, /* protocol << 24 | has ports << 16 | destination port; 32 bits */
	SHAPER_DIM_SPORT,     /* has ports << 16 | source port; 32 bits */
	SHAPER_DIM_SADDR,     /* 128 bits */
	SHAPER_DIM_DADDR,
	SHAPER_DIM_DSCP, /* 0-63; 64 where it is not believed; 8 bits */
	SHAPER_DIMS,
};

#define SHAPER_PROTO_NONE 255
#define SHAPER_DSCP_NONE  64
#define SHAPER_WORDS	  8 /* twice SHAPER_MAX_SLICE_RULES bits */

/* A reference to a cell: what it is, and its key in map cells (of its slot). */
enum shaper_reference {
	SHAPER_REF_TEST = 1u << 31,
	SHAPER_REF_BRANCH = 1u << 30,
	SHAPER_REF_TRUST = 1u << 29,  /* of a source's vector: rules may believe its DSCP */
	SHAPER_REF_NIBBLE_SHIFT = 20, /* of a branch: which nibble of the key, from the left */
	SHAPER_REF_CELL = 0xfffff,
	/* A walk is over after this many steps: each goes at least a nibble on. */
	SHAPER_REF_STEPS = 34,
};

/* map cells, key slot * SHAPER_SLOT_CELLS + cell; keys are left-aligned in two words */
union shaper_cell {
	__u64 vector[SHAPER_WORDS];
	__u32 branch[16];
	struct {
		__u64 value[2];
		__u64 mask[2];
		__u32 hit;
		__u32 miss;
		__u64 pad[3];
	} test;
};

/* map rulesets, key slot * SHAPER_SLICE_INDICES + rule set index */
struct shaper_ruleset {
	__u32 root[SHAPER_DIMS]; /* 0: no rule asks for this dimension */
	__u32 first;		 /* of map rules */
	__u8 words;		 /* of the vectors, in use */
	__u8 fallback;		 /* the class where no rule matches */
	__u8 not_ip;		 /* the class of frames that are not IP */
	__u8 pad[5];
};

/* map rules, key slot * SHAPER_MAX_RULE_SLOTS + ruleset.first + bit */
struct shaper_rule {
	__u16 id; /* place in the file, from 0 */
	__u8 traffic_class;
	__u8 payload_width;   /* 0: no payload test; else 1, 2, 4 or 8 */
	__u16 payload_offset; /* from the first byte after the UDP header */
	__u16 pad;
	__u64 payload_at_least;
};

/* ---- state that outlives generations ------------------------------------------------------- */

/*
 * maps buckets and rates, key slice index * SHAPER_MAX_CLASSES + class; slice index
 * SHAPER_COMMON_SLICE for the slices without quotas. GCRA: one theoretical arrival time, moved by
 * compare-and-swap. The controller writes rates only, in place: each is one aligned word.
 */
#define SHAPER_COMMON_SLICE SHAPER_SLICE_INDICES

struct shaper_bucket {
	__u64 arrival; /* theoretical arrival time, 1/16 ns of CLOCK_MONOTONIC */
	__u64 demoted; /* when it last demoted a packet, ns */
};

struct shaper_rate {
	__u64 cost;  /* of a byte: 1/16 ns << SHAPER_COST_SHIFT */
	__u64 burst; /* tolerance, 1/16 ns */
	/* From then on, ns of CLOCK_MONOTONIC, the other two hold: nobody has renewed it. ~0:
	 * never. */
	__u64 until;
	__u64 then_cost;
	__u64 then_burst;
};

#define SHAPER_TIME_SHIFT 4 /* 1/16 ns */
#define SHAPER_COST_SHIFT 20
#define SHAPER_STICKY_NS                                                                           \
	50000000 /* a demoted flow stays demoted this long, so TCP stays in order */

/*
 * map hops, key peer index: the next hop, resolved by the controller, and the outer headers of what
 * XDP sends there itself. Past `until`, ns, the packet goes through the vxlan device. The
 * controller takes `until` back before it changes anything else.
 */
struct shaper_hop {
	__u64 until;
	__u32 sum; /* of the IPv4 header's words, not complemented; without TOS and length */
	__u32 pad;
	__u64 header[7]; /* Ethernet, IPv4, UDP, VXLAN; zero what each packet adds */
};

#define SHAPER_HOP_HEADER 50

/* map devices (devmap): where XDP redirects to. Key: a port index, or this. */
#define SHAPER_DEVICE_UNDERLAY 0

/* map floods, key slice index: one bucket for copied frames, one for address resolution */
struct shaper_flood {
	__u64 copies; /* theoretical arrival times, 1/16 ns */
	__u64 neighbours;
};

/*
 * map fdbs (array of maps), key slice index; inner key bucket: a slice's own address table, so that
 * a tenant's addresses can push out only that tenant's. An entry's address and place are one word.
 */
struct shaper_fdb_entry {
	__u64 mac_place; /* MAC in the high 48 bits, place in the low 16; 0: empty */
	__u64 seen;	 /* ns, coarse clock */
};

struct shaper_fdb_bucket {
	struct shaper_fdb_entry way[SHAPER_FDB_WAYS];
};

/* a place: a port index, or a peer index with this bit */
#define SHAPER_PLACE_PEER 0x8000u

/* map statics: configured addresses, never learned over */
struct shaper_static_key {
	__u64 mac; /* in the low 48 bits, first byte on the wire highest */
	__u32 vni;
	__u32 slot;
};

/* map static_ips: configured IP addresses, and the MAC address of each */
struct shaper_static_ip_key {
	__u8 address[16];
	__u32 vni;
	__u32 slot;
};

/* map neighbours: who said which IP address is theirs (ARP, ND); least recently used go first */
struct shaper_neighbour_key {
	__u8 address[16];
	__u32 vni;
};

enum shaper_neighbour_flags {
	/* all is known that an answer says; of who only asked over IPv6, not whether it is a router
	 */
	SHAPER_NEIGHBOUR_ADVERTISED = 1u << 0,
	SHAPER_NEIGHBOUR_ROUTER = 1u << 1,
};

struct shaper_neighbour {
	__u64 mac;
	__u32 flags;
	__u32 pad;
};

/*
 * map express_sent (per CPU), key 0: bytes XDP has sent past the queues. map charge, key 0: bytes a
 * second by which the controller has the queues give way to them.
 */

/*
 * map promotions: flows that somebody has called liquidations. They travel in the first class until
 * their time is up, as far as there is room (map thresholds). One entry is both directions: the end
 * with the lower address, then the lower port, is the first. map promotion_end, key 0: when the
 * last of them ends; past it nobody looks.
 */
struct shaper_promotion_key {
	__u64 first[2]; /* network order */
	__u64 second[2];
	__u32 vni;
	__u16 first_port; /* host order, like the other; 0 where there are none */
	__u16 second_port;
	__u8 protocol;
	__u8 pad[7];
};

struct shaper_promotion {
	__u64 until; /* ns */
	__u64 bytes; /* on the wire, whether there was room or not */
	__u64 rank;  /* what it is worth << SHAPER_RANK_SHIFT | who came first among equals */
};

#define SHAPER_RANK_SHIFT 20

/*
 * map thresholds, key slice index, or SHAPER_COMMON_SLICE, as the first class's bucket has it: a
 * flow of a lower rank waits, and travels by the rules. Past `until`, ns, there is none: the
 * controller renews it while it lasts.
 */
struct shaper_threshold {
	__u64 rank;
	__u64 until;
};

/* ---- counters ------------------------------------------------------------------------------ */

/* map class_counters (per CPU), key slice index * SHAPER_MAX_CLASSES + class: what was offered */
struct shaper_class_counters {
	__u64 packets;
	__u64 bytes; /* on the wire: outer headers for every segment */
	__u64 express_packets;
	__u64 express_bytes;
	__u64 demoted_packets;
	__u64 demoted_bytes;
};

/* map drops (per CPU), key reason. Identifier, label, help. */
#define SHAPER_DROPS(X)                                                                            \
	X(NO_GENERATION, "no_generation", "no policy is in force yet")                             \
	X(NO_PORT, "no_port", "the port is not in the policy any more")                            \
	X(MALFORMED, "malformed", "the frame's headers are cut short or contradict each other")    \
	X(SOURCE_MAC, "source_mac", "the source address is a group address")                       \
	X(STATIC_MAC, "static_mac", "the source address is configured for another place")          \
	X(TOO_BIG, "too_big", "longer than the underlay carries; answered where IP allows")        \
	X(FLOOD_LIMIT, "flood_limit", "copied frames above the slice's flood rate")                \
	X(NO_DESTINATION, "no_destination", "nowhere to go: no such port or peer in the slice")    \
	X(SPLIT_HORIZON, "split_horizon", "from a peer, for a peer")                               \
	X(NOT_PEER, "not_peer", "VXLAN that no peer sent, or not to this node's tunnel address")   \
	X(WRONG_VNI, "wrong_vni", "VXLAN of a network its sender does not share")                  \
	X(BAD_VXLAN, "bad_vxlan", "on the VXLAN port, but not a VXLAN header of RFC 7348")         \
	X(TUNNEL, "tunnel", "the tunnel key could not be set or read")

enum shaper_drop {
#define SHAPER_DROP_ENUM(id, label, help) SHAPER_DROP_##id,
	SHAPER_DROPS(SHAPER_DROP_ENUM)
#undef SHAPER_DROP_ENUM
		SHAPER_DROP_REASONS,
};

/* map events (per CPU), key event: things worth counting that are no drops */
#define SHAPER_EVENTS(X)                                                                           \
	X(FLOODED, "flooded", "frames copied to every port and peer of a slice")                   \
	X(LEARNED, "learned", "addresses learned or moved")                                        \
	X(EVICTED, "evicted", "learned addresses pushed out by others of the same slice")          \
	X(TOO_BIG_ANSWERED, "too_big_answered", "ICMP packet-too-big answers sent")                \
	X(DELIVERED, "delivered", "frames from peers handed to a port")                            \
	X(SWITCHED, "switched", "frames between two ports of this node")                           \
	X(RESOLUTION, "resolution", "ARP and neighbour discovery sent in the node's own queue")    \
	X(SUPPRESSED, "suppressed", "ARP and neighbour solicitations answered by the node")

enum shaper_event {
#define SHAPER_EVENT_ENUM(id, label, help) SHAPER_EVENT_##id,
	SHAPER_EVENTS(SHAPER_EVENT_ENUM)
#undef SHAPER_EVENT_ENUM
		SHAPER_EVENT_KINDS,
};

enum shaper_tc_mechanism {
	SHAPER_TC_TCX,	  /* links, Linux 6.6 */
	SHAPER_TC_CLSACT, /* filters */
};

/* map meta, key 0: who loaded the programs, and how the tc ones are attached */
struct shaper_meta {
	__u32 abi;
	__u32 mechanism;  /* enum shaper_tc_mechanism */
	__u8 objects[32]; /* digest of the objects the programs came from */
};

#define SHAPER_SIZE(type, bytes)                                                                   \
	_Static_assert(sizeof(struct type) == (bytes), #type " has an unexpected size")

SHAPER_SIZE(shaper_control, 8);
SHAPER_SIZE(shaper_settings, 48);
SHAPER_SIZE(shaper_port_index, 131072);
SHAPER_SIZE(shaper_trunk_key, 8);
SHAPER_SIZE(shaper_port, 16);
SHAPER_SIZE(shaper_slice, 224);
SHAPER_SIZE(shaper_vni_key, 8);
SHAPER_SIZE(shaper_peer, 16);
SHAPER_SIZE(shaper_peer_key, 20);
SHAPER_SIZE(shaper_quota, 16);
_Static_assert(sizeof(union shaper_cell) == 64, "a cell is a cache line");
SHAPER_SIZE(shaper_ruleset, 32);
SHAPER_SIZE(shaper_rule, 16);
SHAPER_SIZE(shaper_bucket, 16);
SHAPER_SIZE(shaper_rate, 40);
SHAPER_SIZE(shaper_hop, 72);
SHAPER_SIZE(shaper_flood, 16);
SHAPER_SIZE(shaper_fdb_entry, 16);
SHAPER_SIZE(shaper_fdb_bucket, 128);
SHAPER_SIZE(shaper_static_key, 16);
SHAPER_SIZE(shaper_static_ip_key, 24);
SHAPER_SIZE(shaper_neighbour_key, 20);
SHAPER_SIZE(shaper_neighbour, 16);
SHAPER_SIZE(shaper_promotion_key, 48);
SHAPER_SIZE(shaper_promotion, 24);
SHAPER_SIZE(shaper_threshold, 16);
SHAPER_SIZE(shaper_class_counters, 48);
SHAPER_SIZE(shaper_meta, 40);

#endif
