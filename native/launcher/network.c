#include "network.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"
#include "netlink.h"
#include "tun.h"

#define LOOPBACK_INDEX 1

/* What makes an IPv6 address usable at once and keeps the link silent. Without IPv6 none of these exist. */
static void quieten_ipv6(void) {
  static const char *const settings[][2] = {
      {"/proc/sys/net/ipv6/conf/all/disable_ipv6", "0"},
      {"/proc/sys/net/ipv6/conf/" INPOD_LINK "/disable_ipv6", "0"},
      {"/proc/sys/net/ipv6/conf/" INPOD_LINK "/accept_dad", "0"},
      {"/proc/sys/net/ipv6/conf/" INPOD_LINK "/addr_gen_mode", "1"},
      {"/proc/sys/net/ipv6/conf/" INPOD_LINK "/router_solicitations", "0"},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) (void)write_existing(settings[i][0], settings[i][1]);
}

/* As in a pod: ports below 1024 and ping without privileges. A user namespace takes only its own group. */
static int allow_low_ports_and_ping(void) {
  char range[32];
  snprintf(range, sizeof range, "%u %u", getegid(), getegid());
  int ports = write_existing("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  int ping = write_existing("/proc/sys/net/ipv4/ping_group_range", range);
  return ports < 0 || ping < 0 ? -1 : 0;
}

static int lacks_ipv6(int error) { return error == EAFNOSUPPORT || error == EOPNOTSUPP || error == EACCES; }

static int add_addresses(int netlink, int link, const struct inpod_configure *wire, uint32_t *flags) {
  for (uint32_t i = 0; i < wire->address_count; i++) {
    const struct inpod_address *address = &wire->addresses[i];
    if (netlink_add_address(netlink, link, address) == 0) continue;
    if (address->family != 6 || !lacks_ipv6(errno)) return fail("add address %u of " INPOD_LINK, i + 1);
    *flags |= INPOD_READY_NO_IPV6;
  }
  return 0;
}

static int has_family(const struct inpod_configure *wire, uint32_t family) {
  for (uint32_t i = 0; i < wire->address_count; i++)
    if (wire->addresses[i].family == family) return 1;
  return 0;
}

/* A family without an address gets no route: its connections then fail at once, as in a pod without it. */
static int add_routes(int netlink, int link, const struct inpod_configure *wire, uint32_t flags) {
  if (has_family(wire, 4) && netlink_add_default_route(netlink, link, 4, &wire->gateway) < 0) return fail("add IPv4 default route");
  if (!has_family(wire, 6) || (flags & INPOD_READY_NO_IPV6)) return 0;
  return netlink_add_default_route(netlink, link, 6, &wire->gateway) < 0 ? fail("add IPv6 default route") : 0;
}

static int configure_links(int netlink, const struct inpod_configure *wire, struct inpod_ready *facts) {
  int link = (int)if_nametoindex(INPOD_LINK);
  if (link == 0) return fail("find " INPOD_LINK);
  if (netlink_set_up(netlink, LOOPBACK_INDEX, 0) < 0) return fail("set lo up");
  if (netlink_set_up(netlink, link, facts->mtu) < 0) return fail("set " INPOD_LINK " up");
  if (add_addresses(netlink, link, wire, &facts->flags) < 0) return -1;
  return add_routes(netlink, link, wire, facts->flags);
}

int network_configure(const struct inpod_configure *wire, struct inpod_ready *facts) {
  quieten_ipv6();
  if (allow_low_ports_and_ping() < 0) facts->flags |= INPOD_READY_SYSCTLS_DENIED;
  int netlink = netlink_open();
  if (netlink < 0) return fail("open netlink");
  int result = configure_links(netlink, wire, facts);
  close(netlink);
  return result;
}
