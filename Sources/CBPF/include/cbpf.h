/* SPDX-License-Identifier: Apache-2.0 */
/* What Swift sees of C: the contract, libbpf, rtnetlink, and shims for what it cannot import. */
#ifndef CBPF_H
#define CBPF_H

#include "shaper.h"
#include "netlink.h"
#include "shims.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#endif
