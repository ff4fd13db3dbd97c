/* Sockets of the namespace for use by Node: listening, and connected without ever blocking the supervisor. */
#ifndef INPOD_SOCKETS_H
#define INPOD_SOCKETS_H

#include "inpod-launcher.h"

#define SOCKETS_PENDING 1024

struct pending_sockets {
  int count;
  struct {
    int fd;
    uint32_t id;
  } items[SOCKETS_PENDING];
};

/* Each is answered by SOCKET on `control`, at once or by sockets_settle. */
void sockets_listen(int control, const struct inpod_endpoint *endpoint);
void sockets_connect(struct pending_sockets *pending, int control, const struct inpod_endpoint *endpoint);
/* Answers for pending item `index`, whose descriptor is writable or failed; it leaves the table. */
void sockets_settle(struct pending_sockets *pending, int control, int index);

#endif
