// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * tc ingress of an underlay that is a virtual device: the guard, behind GRO. There a socket buffer
 * exists already, and XDP would copy each one (bulk TCP over a veth fell by a third).
 */
#include "guard.bpf.h"

#define GUARD_HEADERS (14 + 60 + 8 + 8)

SEC("tc")
int underlay_guard(struct __sk_buff *skb)
{
	struct origin from = {};

	pull_headers(skb, GUARD_HEADERS);

	__u32 reason = guard((void *)(long)skb->data, (void *)(long)skb->data_end, &from);

	/* With tcx: on to the next program; with clsact: to the next filter. */
	return reason < SHAPER_DROP_REASONS ? drop(reason) : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";
