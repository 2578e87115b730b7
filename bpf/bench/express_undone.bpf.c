// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * port_express for timing: whatever it put in front is taken off again, so that the next run finds
 * the frame it expects. Beside it an empty program that moves the front once too.
 */
#define SHAPER_XDP
#include "bucket.bpf.h"
#include "cache.bpf.h"
#include "outer.bpf.h"

/* Here it is a function, no program. */
#pragma push_macro("SEC")
#undef SEC
#define SEC(name)
#define port_express express
#define _license     unused_license
#include "port_express.bpf.c"
#undef port_express
#undef _license
#pragma pop_macro("SEC")

SEC("xdp")
int express_undone(struct xdp_md *ctx)
{
	int verdict = express(ctx);

	if (verdict == XDP_REDIRECT)
		bpf_xdp_adjust_head(ctx, sizeof(struct outer));
	return verdict;
}

SEC("xdp")
int empty_undone(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, 0))
		return XDP_ABORTED;
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
