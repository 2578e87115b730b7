// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * XDP of an underlay that is a real NIC: the guard. VXLAN for this node that no peer may send ends
 * here, before it costs a socket buffer; everything else passes untouched.
 */
#include "guard.bpf.h"

SEC("xdp")
int underlay_ingress(struct xdp_md *ctx)
{
	__u32 reason = guard((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	if (reason == GUARD_PASS)
		return XDP_PASS;
	drop(reason);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
