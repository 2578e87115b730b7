/* SPDX-License-Identifier: Apache-2.0 */
/* Shims around libbpf and system calls without wrappers; what each is for stands in shims.h. */
#define _GNU_SOURCE
#include "shims.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/membarrier.h>

static __thread char log_text[64 << 10];
static __thread size_t log_length;

static int keep_message(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[8192];
	int length;

	if (level == LIBBPF_DEBUG)
		return 0;
	length = vsnprintf(line, sizeof(line), format, arguments);
	if (length < 0)
		return 0;
	if ((size_t)length >= sizeof(line))
		length = sizeof(line) - 1;
	/* The end of a verifier's log says why; the beginning may go. */
	if (log_length + length >= sizeof(log_text)) {
		size_t half = log_length / 2;

		memmove(log_text, log_text + half, log_length - half);
		log_length -= half;
	}
	memcpy(log_text + log_length, line, length);
	log_length += length;
	log_text[log_length] = 0;
	return 0;
}

void shaper_log_capture(void)
{
	libbpf_set_print(keep_message);
}

void shaper_log_clear(void)
{
	log_length = 0;
	log_text[0] = 0;
}

const char *shaper_log_text(void)
{
	return log_text;
}

int shaper_wait_for_programs(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? -errno : 0;
}

int shaper_leave_network(void)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

int shaper_link_target(int fd, __u32 *ifindex, __u32 *program)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	/* XDP and tcx alike keep the interface first in their part of the union. */
	*ifindex = info.xdp.ifindex;
	*program = info.prog_id;
	return 0;
}

void shaper_keep_heap_small(void)
{
	mallopt(M_ARENA_MAX, 1);
	/* Once set, they no longer grow with what is freed. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TRIM_THRESHOLD, 128 << 10);
}
