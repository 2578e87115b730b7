/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own definitions of rtnetlink, traffic control and ethtool, and shims around them. */
#ifndef CBPF_NETLINK_H
#define CBPF_NETLINK_H

#include <net/if.h>
#include <net/if_arp.h>

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

/*
 * What the error number means, or NULL. A static string, unlike strerror's; and it knows ENOTSUPP,
 * which the kernel returns although user space has no name for it.
 */
const char *shaper_error_text(int error);

/*
 * The value of an ethtool command that yields one (ETHTOOL_GTXCSUM and its like) for the interface
 * of the calling thread's namespace. 0, or a negative error number. The request is a union that
 * Swift cannot fill.
 */
int shaper_ethtool_value(const char *interface, __u32 command, __u32 *value);

/*
 * The same of an interface in the namespace that fd stands for, by its index there. On a thread of
 * its own, for a namespace belongs to a thread.
 */
int shaper_ethtool_value_in(int fd, __u32 ifindex, __u32 command, __u32 *value);

/*
 * How many transmit queues the interface of the calling thread's namespace uses, of those it has.
 * 0, or a negative error number.
 */
int shaper_transmit_queues(const char *interface, __u32 *count);

/* Generic netlink family "netdev" of Linux 6.3, whose header Debian 12 does not have. */
enum {
	SHAPER_NETDEV_CMD_DEV_GET = 1,
	SHAPER_NETDEV_A_DEV_IFINDEX = 1,
	SHAPER_NETDEV_A_DEV_XDP_FEATURES = 3,
	SHAPER_NETDEV_XDP_ACT_NDO_XMIT = 4,
};

#endif
