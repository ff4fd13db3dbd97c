#include "descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define MARK_ONLY 4u /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */

/* For kernels without close_range(2). */
static void each_from(unsigned first, int mark_only) {
  long most = sysconf(_SC_OPEN_MAX);
  for (long fd = first; fd < most; fd++) {
    if (mark_only) fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    else close((int)fd);
  }
}

void descriptors_close_from(unsigned first) {
  if (syscall(SYS_close_range, first, UINT_MAX, 0) < 0) each_from(first, 0);
}

void descriptors_keep(const uint32_t *kept, uint32_t count) {
  if (syscall(SYS_close_range, 3u, UINT_MAX, MARK_ONLY) < 0) each_from(3, 1);
  for (uint32_t i = 0; i < count; i++) fcntl((int)kept[i], F_SETFD, 0);
}

void descriptors_let_go(const uint32_t *named, uint32_t count) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; fd++) dup2(null, fd);
  if (null > 2) close(null);
  for (uint32_t i = 0; i < count; i++)
    if (named[i] > 2) close((int)named[i]);
}
