#include "spawn-request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct blob *blob_of(struct spawn_request *request, uint32_t part) {
  switch (part) {
    case INPOD_SPAWN_CWD: return &request->cwd;
    case INPOD_SPAWN_ARGV: return &request->argv;
    case INPOD_SPAWN_ENVIRONMENT: return &request->environment;
    default: return NULL;
  }
}

static int refuse(int error) {
  errno = error;
  return -1;
}

int spawn_request_add(struct spawn_request *request, const struct inpod_chunk *chunk) {
  struct blob *blob = blob_of(request, chunk->part);
  size_t total = request->cwd.length + request->argv.length + request->environment.length;
  if (!blob) return refuse(EPROTO);
  if (total + chunk->bytes > INPOD_SPAWN_BYTES) return refuse(E2BIG);
  return blob_append(blob, chunk->data, chunk->bytes);
}

/* An array of the NUL-terminated strings of `blob`, of which there must be `count`; NULL with errno. */
static char **split(const struct blob *blob, uint32_t count) {
  char **strings = count > INPOD_SPAWN_BYTES ? NULL : calloc((size_t)count + 1, sizeof *strings);
  size_t at = 0;
  uint32_t found = 0;
  for (; strings && at < blob->length && found < count; found++) {
    strings[found] = blob->bytes + at;
    at += strlen(blob->bytes + at) + 1;
  }
  if (strings && found == count && at == blob->length) return strings;
  free(strings);
  errno = EPROTO;
  return NULL;
}

int spawn_request_finish(struct spawn_request *request, const struct inpod_spawn *wire) {
  request->wire = *wire;
  if (wire->argument_count < 1 || wire->descriptor_count > INPOD_DESCRIPTORS) return refuse(EPROTO);
  if (request->cwd.length < 2 || request->cwd.bytes[request->cwd.length - 1] != 0) return refuse(EPROTO);
  request->arguments = split(&request->argv, wire->argument_count);
  request->variables = request->arguments ? split(&request->environment, wire->variable_count) : NULL;
  return request->variables ? 0 : -1;
}
