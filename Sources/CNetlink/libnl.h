/* SPDX-License-Identifier: Apache-2.0 */
/* What Swift sees of libnl: messages and their attributes, and libnl-route's queues. */
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/object.h>
#include <netlink/route/class.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/htb.h>
