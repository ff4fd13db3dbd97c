/* Whole small files, read and written. */
#ifndef INPOD_FILES_H
#define INPOD_FILES_H

#include <stddef.h>

struct blob {
  char *bytes; /* malloc'd, NUL-terminated beyond `length`; or NULL */
  size_t length;
};

/* Writes to a file that exists (a sysctl, an id map). 0, or -1 with errno. */
int write_existing(const char *path, const char *text);
/* Makes a new file of mode 0644 in `directory`. 0, or -1 with errno. */
int write_new(int directory, const char *name, const struct blob *content);
/* Reads a whole file of at most 1 MiB. 0, or -1 with errno; the caller frees the bytes. */
int read_whole(int directory, const char *name, struct blob *content);
/* Appends; 0, or -1 with ENOMEM. */
int blob_append(struct blob *blob, const void *bytes, size_t length);

#endif
