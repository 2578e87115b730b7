/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The two bits beside the DSCP. Outside as inside, as RFC 6040 (normal mode) wants it of tunnels.
 */
#ifndef SHAPER_ECN_BPF_H
#define SHAPER_ECN_BPF_H

#include "prelude.bpf.h"

#include <linux/ip.h>

#define ECN_BITS 3
#define ECN_CE	 3

/*
 * The vxlan device follows RFC 3168 and hides CE behind ECT(0): this puts it on the outer header.
 * Only of packets that are marked.
 */
inline_ void mark_congestion(struct __sk_buff *skb)
{
	__u32 at = sizeof(struct ethhdr);
	__u8 bytes[2], marked;

	if (bpf_skb_load_bytes(skb, at, bytes, sizeof(bytes)))
		return;
	if (bytes[0] >> 4 == 4) {
		marked = bytes[1] | ECN_CE;
		bpf_l3_csum_replace(skb, at + offsetof(struct iphdr, check), bpf_htons(bytes[1]),
				    bpf_htons(marked), 2);
		bpf_skb_store_bytes(skb, at + 1, &marked, 1, 0);
	} else if (bytes[0] >> 4 == 6) {
		marked = bytes[1] | ECN_CE << 4;
		bpf_skb_store_bytes(skb, at + 1, &marked, 1, 0);
	}
}

#endif
