/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Internet checksums (RFC 1071) of what the programs write themselves. */
#ifndef SHAPER_CHECKSUM_BPF_H
#define SHAPER_CHECKSUM_BPF_H

#include "prelude.bpf.h"

#include <linux/ipv6.h>

inline_ __u16 checksum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

inline_ __u64 checksum_of(const void *from, __u32 bytes, __u64 sum)
{
	return sum + (__u32)bpf_csum_diff(0, 0, (__be32 *)from, bytes, 0);
}

/* ICMPv6's pseudo-header (RFC 8200 section 8.1): both addresses, the length, the protocol. */
inline_ __u64 checksum_icmp6(const struct ipv6hdr *ip, __u64 sum)
{
	return checksum_of(&ip->saddr, 32, sum) + bpf_htonl(bpf_ntohs(ip->payload_len)) +
	       bpf_htonl(IPPROTO_ICMPV6);
}

#endif
