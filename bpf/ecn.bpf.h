/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The two bits beside the DSCP. */
#ifndef SHAPER_ECN_BPF_H
#define SHAPER_ECN_BPF_H

#include "prelude.bpf.h"

#define ECN_BITS 3
#define ECN_ECT0 2
#define ECN_CE	 3

/* RFC 3168 section 9.1.1, full functionality: as the kernel's vxlan device does. */
inline_ __u8 outer_ecn(__u8 inner)
{
	return (inner & ECN_BITS) == ECN_CE ? ECN_ECT0 : inner & ECN_BITS;
}

#endif
