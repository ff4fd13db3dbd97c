/* The few rtnetlink requests that set up a link, without running ip(8). */
#ifndef INPOD_NETLINK_H
#define INPOD_NETLINK_H

#include <stdint.h>

#include "inpod-launcher.h"

/* @returns a socket, or -1 with errno */
int netlink_open(void);
/* Each: 0, or -1 with errno. An MTU of 0 leaves it as it is. */
int netlink_set_up(int netlink, int link, uint32_t mtu);
int netlink_add_address(int netlink, int link, const struct inpod_address *address);
/* A default route of `family` (4, 6) over the link, by way of `gateway` where that is of the family. */
int netlink_add_default_route(int netlink, int link, uint32_t family, const struct inpod_address *gateway);

#endif
