/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "netlink.h"

#define KERNEL_ENOTSUPP 524

const char *shaper_error_text(int error)
{
	return error == KERNEL_ENOTSUPP ? "Operation not supported" : strerrordesc_np(error);
}

/* Has the interface of the calling thread's namespace answer an ethtool query in its place. */
static int ask(const char *interface, void *query)
{
	struct ifreq request = { .ifr_data = query };
	int fd, error = 0;

	if (strlen(interface) >= sizeof(request.ifr_name))
		return -ENODEV;
	strcpy(request.ifr_name, interface);

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCETHTOOL, &request) < 0)
		error = -errno;
	close(fd);
	return error;
}

int shaper_ethtool_value(const char *interface, __u32 command, __u32 *value)
{
	struct ethtool_value query = { .cmd = command };
	int error = ask(interface, &query);

	*value = query.data;
	return error;
}

int shaper_transmit_queues(const char *interface, __u32 *count)
{
	struct ethtool_channels query = { .cmd = ETHTOOL_GCHANNELS };
	int error = ask(interface, &query);

	*count = query.tx_count + query.combined_count;
	return error;
}

struct distant_query {
	int fd;
	__u32 ifindex;
	__u32 command;
	__u32 *value;
	int outcome;
};

static void *ask_there(void *argument)
{
	struct distant_query *query = argument;
	char name[IF_NAMESIZE];

	if (setns(query->fd, CLONE_NEWNET) || !if_indextoname(query->ifindex, name))
		query->outcome = -errno;
	else
		query->outcome = shaper_ethtool_value(name, query->command, query->value);
	return NULL;
}

int shaper_ethtool_value_in(int fd, __u32 ifindex, __u32 command, __u32 *value)
{
	struct distant_query query = { fd, ifindex, command, value, 0 };
	pthread_t thread;
	int error = pthread_create(&thread, NULL, ask_there, &query);

	if (error)
		return -error;
	pthread_join(thread, NULL);
	return query.outcome;
}
