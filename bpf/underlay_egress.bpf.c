// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * tc egress of the underlay: what did not come through the fabric is the node's own (its ssh, its
 * ARP, its routing), and goes into the node's own queue, never behind a tenant's bulk. What did,
 * and experienced congestion on its way here, says so on the outside.
 */
#include "ecn.bpf.h"

SEC("tc")
int underlay_egress(struct __sk_buff *skb)
{
	if (skb->priority >> 16 != SHAPER_QDISC_MAJOR)
		skb->priority = SHAPER_QDISC_MAJOR << 16 | SHAPER_OWN_MINOR;
	if (unlikely(skb->priority & SHAPER_CE_MARK)) {
		skb->priority &= ~SHAPER_CE_MARK;
		mark_congestion(skb);
	}
	/* With tcx: on to the next program; with clsact: to the next filter. */
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";
