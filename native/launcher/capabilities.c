#include "capabilities.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int has(const struct __user_cap_data_struct *sets, int capability) {
  return (sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

static int get(struct __user_cap_data_struct *sets) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  return (int)syscall(SYS_capget, &header, sets);
}

int is_privileged(void) {
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
  if (get(sets) < 0) return 0;
  return has(sets, CAP_SYS_ADMIN) && has(sets, CAP_NET_ADMIN);
}

int keep_network_capabilities(void) {
  static const int wanted[] = {CAP_NET_BIND_SERVICE, CAP_NET_RAW};
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
  if (get(sets) < 0) return -1;
  for (int i = 0; i < 2; i++) sets[CAP_TO_INDEX(wanted[i])].inheritable |= CAP_TO_MASK(wanted[i]);
  if (syscall(SYS_capset, &header, sets) < 0) return -1;
  for (int i = 0; i < 2; i++)
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, wanted[i], 0, 0) < 0) return -1;
  return 0;
}
