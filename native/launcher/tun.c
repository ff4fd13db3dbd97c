#include "tun.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "failure.h"

/* A device that ends with its descriptor. */
static int create(int more_flags) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fail("open /dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | more_flags);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", INPOD_LINK);
  if (ioctl(fd, TUNSETIFF, &request) == 0) return fd;
  (void)fail("TUNSETIFF " INPOD_LINK);
  close(fd);
  return -1;
}

/* The most that the kernel takes. @returns TUN_F_ bits, or 0 */
static uint32_t set_offloads(int fd) {
  static const unsigned long choices[] = {TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, TUN_F_CSUM | TUN_F_TSO4, TUN_F_CSUM};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    if (ioctl(fd, TUNSETOFFLOAD, choices[i]) == 0) return (uint32_t)choices[i];
  return 0;
}

/* @returns -1 where there can be none, for whatever reason: a plain one is tried then, and tells its own */
static int open_with_offload(struct inpod_ready *facts) {
  int header_bytes = INPOD_VNET_HEADER_BYTES;
  int fd = create(IFF_VNET_HDR);
  if (fd < 0) return -1;
  if (ioctl(fd, TUNSETVNETHDRSZ, &header_bytes) == 0) facts->offloads = set_offloads(fd);
  if (facts->offloads) return fd;
  close(fd);
  return -1;
}

int tun_open(const struct inpod_configure *wire, struct inpod_ready *facts) {
  int fd = wire->plain_tun ? -1 : open_with_offload(facts);
  facts->vnet_header_bytes = fd < 0 ? 0 : INPOD_VNET_HEADER_BYTES;
  facts->mtu = fd < 0 && wire->mtu > INPOD_PLAIN_MTU ? INPOD_PLAIN_MTU : wire->mtu;
  return fd < 0 ? create(0) : fd;
}
