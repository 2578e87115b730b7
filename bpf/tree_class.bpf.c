// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Filter of the HTBs of all transmit queues but the first: skb->priority names a class of the first
 * one, and the class of the same minor here is meant. The filter's own class id gives the major.
 */
#include "prelude.bpf.h"

SEC("tc")
int tree_class(struct __sk_buff *skb)
{
	if (skb->priority >> 16 != SHAPER_QDISC_MAJOR)
		return TC_ACT_UNSPEC;
	skb->tc_classid = skb->priority & 0xffff;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
