/* SPDX-License-Identifier: Apache-2.0 */
/* Shims for C macros, variadics and unions that Swift cannot use. One reason each. */
#ifndef CBPF_SHIMS_H
#define CBPF_SHIMS_H

#include <linux/types.h>
#include <sys/vfs.h> /* statfs, which the Glibc module leaves out */

/* The X-macro lists of the contract, as functions: label and help of each drop reason and event. */
const char *shaper_drop_label(unsigned int reason);
const char *shaper_drop_help(unsigned int reason);
const char *shaper_event_label(unsigned int event);
const char *shaper_event_help(unsigned int event);

/*
 * libbpf's messages, whose callback is variadic: kept per thread, silently, the latest 64 KiB of
 * them. shaper_log_text gives what has come since shaper_log_clear.
 */
void shaper_log_capture(void);
void shaper_log_clear(void);
const char *shaper_log_text(void);

/* Waits until no program that began before this call still runs. membarrier(2) has no wrapper. */
int shaper_wait_for_programs(void);

/* Gives the calling thread a network namespace of its own. The Glibc module leaves out unshare(2).
 */
int shaper_leave_network(void);

/* What a link is attached to, out of a union. 0, or a negative error number. */
int shaper_link_target(int fd, __u32 *ifindex, __u32 *program);

/*
 * For a process that stays: one heap for all threads, which gives back what is large or lies at its
 * end. Reading a policy takes many times its size, now on this thread and now on that. malloc.h has
 * no Swift module.
 */
void shaper_keep_heap_small(void);

/* Attach points this libbpf has no names for: tcx, of Linux 6.6. */
enum { SHAPER_ATTACH_TCX_INGRESS = 46, SHAPER_ATTACH_TCX_EGRESS = 47 };

#endif
