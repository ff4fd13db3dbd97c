/* The control socket: fixed messages over SEQPACKET. */
#ifndef INPOD_CONTROL_H
#define INPOD_CONTROL_H

#include "inpod-launcher.h"

struct message {
  struct inpod_header header;
  union {
    struct inpod_configure configure;
    struct inpod_chunk chunk;
    struct inpod_spawn spawn;
    struct inpod_signal signal;
    struct inpod_endpoint endpoint;
  } body;
};

enum received { CONTROL_MESSAGE, CONTROL_CLOSED, CONTROL_NOTHING, CONTROL_BROKEN };

/* Sends one message, with a descriptor unless `passed` is -1. 0, or -1 with errno. */
int control_send(int control, uint32_t type, const void *body, uint32_t length, int passed);
/* Receives one message and checks its type and length. `flags` as for recv(2): MSG_DONTWAIT or 0. */
enum received control_receive(int control, struct message *message, int flags);

#endif
