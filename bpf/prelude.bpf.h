/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What every program needs: kernel types, helpers, and a few words of our own. */
#ifndef SHAPER_PRELUDE_BPF_H
#define SHAPER_PRELUDE_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shaper.h"

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#ifndef memcpy
#define memcpy __builtin_memcpy
#endif

#define inline_ static __always_inline

/*
 * A function the verifier checks once, by itself, whoever calls it: what keeps its work small.
 * Its arguments are the context, numbers, and pointers that may be NULL for all it knows.
 */
#define global_ __attribute__((noinline))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Values the compiler must not reorder or merge: words another CPU or the controller writes. */
#define READ_ONCE(x)	 (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

typedef _Bool bool;
enum { false, true };

/* What a program is called with: code shared by both kinds of hook is compiled for each. */
#ifdef SHAPER_XDP
typedef struct xdp_md context;
#define load_bytes bpf_xdp_load_bytes
#else
typedef struct __sk_buff context;
#define load_bytes bpf_skb_load_bytes
#endif

/* Brings the frame's first bytes, or all of a shorter one, where programs may read them. */
inline_ void pull_headers(struct __sk_buff *skb, __u32 bytes)
{
	if (bytes > skb->len)
		bytes = skb->len;
	if (unlikely((void *)(long)skb->data + bytes > (void *)(long)skb->data_end))
		bpf_skb_pull_data(skb, bytes);
}

/* Without the compiler's built-ins: clang 14 fails on them for this target. */
inline_ __u32 bits_set(__u64 x)
{
	x -= x >> 1 & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return x * 0x0101010101010101ull >> 56;
}

/* Of a word that is not 0. */
inline_ __u32 lowest_bit(__u64 x)
{
	return bits_set((x & -x) - 1);
}

#endif
