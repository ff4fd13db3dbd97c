#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

#define BACKLOG 511

union socket_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct inpod_endpoint *endpoint, union socket_address *address) {
  memset(address, 0, sizeof *address);
  if (endpoint->address.family == 4) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons((uint16_t)endpoint->port);
    memcpy(&address->v4.sin_addr, endpoint->address.bytes, 4);
    return sizeof address->v4;
  }
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons((uint16_t)endpoint->port);
  memcpy(&address->v6.sin6_addr, endpoint->address.bytes, 16);
  return sizeof address->v6;
}

/* Answers, and closes our own copy. */
static void answer(int control, uint32_t id, int error, int fd) {
  struct inpod_socket body = {.id = id, .error = error};
  (void)control_send(control, INPOD_SOCKET, &body, sizeof body, error ? -1 : fd);
  if (fd >= 0) close(fd);
}

static int open_for(const struct inpod_endpoint *endpoint) {
  if ((endpoint->address.family != 4 && endpoint->address.family != 6) || endpoint->port > 65535) {
    errno = EINVAL;
    return -1;
  }
  return socket(endpoint->address.family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void sockets_listen(int control, const struct inpod_endpoint *endpoint) {
  union socket_address address;
  socklen_t length = address_of(endpoint, &address);
  int one = 1, fd = open_for(endpoint);
  if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* IPv4 and IPv6 are asked for apart. */
  if (fd >= 0 && endpoint->address.family == 6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  int failed = fd < 0 || bind(fd, &address.any, length) < 0 || listen(fd, BACKLOG) < 0;
  answer(control, endpoint->id, failed ? errno : 0, fd);
}

void sockets_connect(struct pending_sockets *pending, int control, const struct inpod_endpoint *endpoint) {
  union socket_address address;
  socklen_t length = address_of(endpoint, &address);
  int fd = open_for(endpoint);
  if (fd < 0 || connect(fd, &address.any, length) == 0) {
    answer(control, endpoint->id, fd < 0 ? errno : 0, fd);
  } else if (errno != EINPROGRESS || pending->count == SOCKETS_PENDING) {
    answer(control, endpoint->id, errno == EINPROGRESS ? EAGAIN : errno, fd);
  } else {
    pending->items[pending->count].fd = fd;
    pending->items[pending->count++].id = endpoint->id;
  }
}

void sockets_settle(struct pending_sockets *pending, int control, int index) {
  int fd = pending->items[index].fd, error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
  answer(control, pending->items[index].id, error, fd);
  pending->items[index] = pending->items[--pending->count];
}
