#include "netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

struct request {
  _Alignas(struct nlmsghdr) char bytes[512];
};

static struct nlmsghdr *start(struct request *request, uint16_t type, uint16_t flags, const void *body, uint32_t length) {
  memset(request, 0, sizeof *request);
  struct nlmsghdr *header = (struct nlmsghdr *)request->bytes;
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  header->nlmsg_len = NLMSG_LENGTH(length);
  memcpy(NLMSG_DATA(header), body, length);
  return header;
}

static void add_attribute(struct nlmsghdr *header, uint16_t type, const void *value, uint32_t length) {
  struct rtattr *attribute = (struct rtattr *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (uint16_t)RTA_LENGTH(length);
  memcpy(RTA_DATA(attribute), value, length);
  header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

/* Sends and takes the acknowledgement. */
static int transact(int netlink, const struct nlmsghdr *header) {
  _Alignas(struct nlmsghdr) char reply[4096];
  if (send(netlink, header, header->nlmsg_len, 0) < 0) return -1;
  ssize_t got = recv(netlink, reply, sizeof reply, 0);
  if (got < 0) return -1;
  const struct nlmsghdr *answer = (const struct nlmsghdr *)reply;
  if ((size_t)got < NLMSG_LENGTH(sizeof(struct nlmsgerr)) || answer->nlmsg_type != NLMSG_ERROR) {
    errno = EPROTO;
    return -1;
  }
  errno = -((const struct nlmsgerr *)NLMSG_DATA(answer))->error;
  return errno ? -1 : 0;
}

static uint8_t family_of(uint32_t version) { return version == 4 ? AF_INET : AF_INET6; }
static uint32_t bytes_of(uint32_t version) { return version == 4 ? 4 : 16; }

int netlink_open(void) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }

int netlink_set_up(int netlink, int link, uint32_t mtu) {
  struct request request;
  struct ifinfomsg body = {.ifi_index = link, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct nlmsghdr *header = start(&request, RTM_NEWLINK, 0, &body, sizeof body);
  if (mtu) add_attribute(header, IFLA_MTU, &mtu, sizeof mtu);
  return transact(netlink, header);
}

int netlink_add_address(int netlink, int link, const struct inpod_address *address) {
  struct request request;
  struct ifaddrmsg body = {
      .ifa_family = family_of(address->family),
      .ifa_prefixlen = (uint8_t)address->prefix,
      /* Nobody else is on the link: a tentative address would only delay the child. */
      .ifa_flags = address->family == 6 ? IFA_F_NODAD : 0,
      .ifa_index = (uint32_t)link,
  };
  struct nlmsghdr *header = start(&request, RTM_NEWADDR, NLM_F_CREATE, &body, sizeof body);
  add_attribute(header, IFA_LOCAL, address->bytes, bytes_of(address->family));
  add_attribute(header, IFA_ADDRESS, address->bytes, bytes_of(address->family));
  return transact(netlink, header);
}

int netlink_add_default_route(int netlink, int link, uint32_t family, const struct inpod_address *gateway) {
  struct request request;
  int has_gateway = gateway->family == family;
  struct rtmsg body = {
      .rtm_family = family_of(family),
      .rtm_table = RT_TABLE_MAIN,
      .rtm_protocol = RTPROT_STATIC,
      .rtm_scope = RT_SCOPE_UNIVERSE,
      .rtm_type = RTN_UNICAST,
      .rtm_flags = has_gateway ? RTNH_F_ONLINK : 0,
  };
  struct nlmsghdr *header = start(&request, RTM_NEWROUTE, NLM_F_CREATE, &body, sizeof body);
  add_attribute(header, RTA_OIF, &link, sizeof link);
  if (has_gateway) add_attribute(header, RTA_GATEWAY, gateway->bytes, bytes_of(family));
  return transact(netlink, header);
}
