#include "tun.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "failure.h"
#include "inpod-launcher.h"

static int create(int fd) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", INPOD_LINK);
  if (ioctl(fd, TUNSETIFF, &request) < 0) return fail("TUNSETIFF " INPOD_LINK);
  int header_bytes = INPOD_VNET_HEADER_BYTES;
  if (ioctl(fd, TUNSETVNETHDRSZ, &header_bytes) < 0) return fail("TUNSETVNETHDRSZ");
  return 0;
}

/* The most that the kernel takes; none at all still works, packet by packet. */
static uint32_t set_offloads(int fd) {
  static const unsigned long choices[] = {TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, TUN_F_CSUM | TUN_F_TSO4, TUN_F_CSUM};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
    if (ioctl(fd, TUNSETOFFLOAD, choices[i]) == 0) return (uint32_t)choices[i];
  return 0;
}

int tun_open(uint32_t *offloads) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fail("open /dev/net/tun");
  if (create(fd) < 0) {
    close(fd);
    return -1;
  }
  *offloads = set_offloads(fd);
  return fd;
}
