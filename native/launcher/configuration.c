#include "configuration.h"

#include <errno.h>
#include <string.h>

#include "control.h"
#include "failure.h"

static int refuse(const char *what) {
  errno = EPROTO;
  return fail("configuration: %s", what);
}

static int check(const struct inpod_configure *wire) {
  if (wire->version != INPOD_WIRE_VERSION) return refuse("the launcher is of another version than the program");
  if (wire->address_count < 1 || wire->address_count > INPOD_ADDRESSES) return refuse("number of addresses");
  if (!memchr(wire->hostname, 0, sizeof wire->hostname)) return refuse("hostname");
  if (wire->mtu < 1280 || wire->mtu > 65535) return refuse("MTU");
  if (wire->resolv_conf_bytes > INPOD_FILE_BYTES || wire->hosts_bytes > INPOD_FILE_BYTES) return refuse("size of a file");
  return 0;
}

static int add_chunk(struct configuration *to, const struct inpod_chunk *chunk) {
  int is_hosts = chunk->part == INPOD_FILE_HOSTS;
  if (!is_hosts && chunk->part != INPOD_FILE_RESOLV_CONF) return refuse("unknown file");
  struct blob *blob = is_hosts ? &to->hosts : &to->resolv_conf;
  size_t whole = is_hosts ? to->wire.hosts_bytes : to->wire.resolv_conf_bytes;
  if (blob->length + chunk->bytes > whole) return refuse("a file is longer than announced");
  return blob_append(blob, chunk->data, chunk->bytes) < 0 ? fail("configuration: memory") : 0;
}

static int is_whole(const struct configuration *configuration) {
  return configuration->resolv_conf.length == configuration->wire.resolv_conf_bytes &&
         configuration->hosts.length == configuration->wire.hosts_bytes;
}

/* 0 with a message of `type`, 1 where closed, -1. */
static int receive_one(int control, struct message *message, uint32_t type) {
  switch (control_receive(control, message, 0)) {
    case CONTROL_CLOSED: return 1;
    case CONTROL_MESSAGE: return message->header.type == type ? 0 : refuse("unexpected message");
    default: return fail("configuration: receive");
  }
}

int configuration_receive(int control, struct configuration *configuration) {
  static struct message message;
  memset(configuration, 0, sizeof *configuration);
  int result = receive_one(control, &message, INPOD_CONFIGURE);
  if (result != 0) return result;
  configuration->wire = message.body.configure;
  if (check(&configuration->wire) < 0) return -1;
  while (!is_whole(configuration)) {
    result = receive_one(control, &message, INPOD_FILE);
    if (result != 0) return result;
    if (add_chunk(configuration, &message.body.chunk) < 0) return -1;
  }
  return 0;
}
