/* What SPAWN_DATA and SPAWN say. */
#ifndef INPOD_SPAWN_REQUEST_H
#define INPOD_SPAWN_REQUEST_H

#include "files.h"
#include "inpod-launcher.h"

struct spawn_request {
  struct inpod_spawn wire;
  struct blob cwd, argv, environment;
  char **arguments; /* NULL-terminated, pointing into the blobs; set by spawn_request_finish */
  char **variables;
};

/* Takes the next bytes. 0, or -1 with errno. */
int spawn_request_add(struct spawn_request *request, const struct inpod_chunk *chunk);
/* Checks that all is there. 0, or -1 with errno. */
int spawn_request_finish(struct spawn_request *request, const struct inpod_spawn *wire);

#endif
