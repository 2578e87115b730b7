/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
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

int shaper_ethtool_value(const char *interface, __u32 command, __u32 *value)
{
	struct ethtool_value query = { .cmd = command };
	struct ifreq request = { .ifr_data = (void *)&query };
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
	*value = query.data;
	return error;
}
