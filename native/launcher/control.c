#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void attach_descriptor(struct msghdr *header, char *space, size_t bytes, int passed) {
  header->msg_control = space;
  header->msg_controllen = bytes;
  struct cmsghdr *item = CMSG_FIRSTHDR(header);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(sizeof passed);
  memcpy(CMSG_DATA(item), &passed, sizeof passed);
}

int control_send(int control, uint32_t type, const void *body, uint32_t length, int passed) {
  struct inpod_header header = {.type = type, .length = length};
  struct iovec parts[2] = {{&header, sizeof header}, {(void *)(uintptr_t)body, length}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  _Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {0};
  if (passed >= 0) attach_descriptor(&message, space, sizeof space, passed);
  ssize_t sent;
  do sent = sendmsg(control, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

static int is_well_formed(const struct message *message, size_t bytes) {
  if (bytes < sizeof message->header) return 0;
  size_t body = bytes - sizeof message->header;
  if (message->header.length != body) return 0;
  switch (message->header.type) {
    case INPOD_CONFIGURE: return body == sizeof message->body.configure;
    case INPOD_FILE:
    case INPOD_SPAWN_DATA:
      return body >= offsetof(struct inpod_chunk, data) && body - offsetof(struct inpod_chunk, data) == message->body.chunk.bytes;
    case INPOD_SPAWN: return body == sizeof message->body.spawn;
    case INPOD_SIGNAL: return body == sizeof message->body.signal;
    case INPOD_LISTEN:
    case INPOD_CONNECT: return body == sizeof message->body.endpoint;
    default: return 0;
  }
}

enum received control_receive(int control, struct message *message, int flags) {
  ssize_t got;
  do got = recv(control, message, sizeof *message, flags);
  while (got < 0 && errno == EINTR);
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return CONTROL_CLOSED;
  if (got < 0) return errno == EAGAIN ? CONTROL_NOTHING : CONTROL_BROKEN;
  if (is_well_formed(message, (size_t)got)) return CONTROL_MESSAGE;
  errno = EPROTO;
  return CONTROL_BROKEN;
}
