// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The policer under a clock of its own, which each packet moves on by as much: what it lets go then
 * does not depend on how fast the machine is. Several CPUs may run it at once.
 */
#include "bucket.bpf.h"

/* Times are in 1/16 ns. */
struct police {
	__u64 start;
	__u64 step;  /* from packet to packet */
	__u64 bytes; /* of a packet */
	__u64 offered;
	__u64 admitted; /* packets, as offered */
	__u32 bucket;
	__u32 pad;
};

ARRAY(police_work, struct police, 1);

SEC("tc")
int police(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct police *work = bpf_map_lookup_elem(&police_work, &zero);

	(void)skb;
	if (!work)
		return TC_ACT_SHOT;
	/* Each is another flow's: a flow that was demoted would stay so for a while. */
	__u64 number = __sync_fetch_and_add(&work->offered, 1);
	__u64 now = (work->start + number * work->step) >> SHAPER_TIME_SHIFT;

	if (express_admits(work->bucket, number, work->bytes, now))
		__sync_fetch_and_add(&work->admitted, 1);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
