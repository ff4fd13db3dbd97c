#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "inpod-tun.h"

int inpod_control_pair(int32_t ends[2]) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  ends[0] = pair[0];
  ends[1] = pair[1];
  return 0;
}

int inpod_control_receive(int fd, uint8_t *bytes, uint32_t size, int32_t *passed) {
  _Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))];
  struct iovec part = {bytes, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  ssize_t got;
  *passed = -1;
  do got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return errno == ECONNRESET ? 0 : -errno;
  struct cmsghdr *item = CMSG_FIRSTHDR(&message);
  if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) memcpy(passed, CMSG_DATA(item), sizeof *passed);
  if (!(message.msg_flags & MSG_TRUNC)) return (int)got;
  if (*passed >= 0) close(*passed);
  *passed = -1;
  return -EMSGSIZE;
}

int inpod_control_send(int fd, const uint8_t *bytes, uint32_t length) {
  ssize_t sent;
  do sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int inpod_close(int fd) { return close(fd) < 0 ? -errno : 0; }
