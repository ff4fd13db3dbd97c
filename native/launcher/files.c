#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES ((size_t)1 << 20)

static int write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    bytes += written;
    length -= (size_t)written;
  }
  return 0;
}

static int write_and_close(int fd, const char *bytes, size_t length) {
  int result = write_all(fd, bytes, length);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

int write_existing(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  return fd < 0 ? -1 : write_and_close(fd, text, strlen(text));
}

int write_new(int directory, const char *name, const struct blob *content) {
  int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  return fd < 0 ? -1 : write_and_close(fd, content->bytes, content->length);
}

int blob_append(struct blob *blob, const void *bytes, size_t length) {
  char *grown = realloc(blob->bytes, blob->length + length + 1);
  if (!grown) return -1;
  memcpy(grown + blob->length, bytes, length);
  blob->bytes = grown;
  blob->length += length;
  grown[blob->length] = 0;
  return 0;
}

static int read_open(int fd, struct blob *content) {
  char part[4096];
  while (content->length <= MOST_BYTES) {
    ssize_t got = read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (blob_append(content, part, (size_t)got) < 0) return -1;
    if (got == 0) return 0;
  }
  errno = EFBIG;
  return -1;
}

int read_whole(int directory, const char *name, struct blob *content) {
  memset(content, 0, sizeof *content);
  /* Non-blocking: a FIFO in place of a file must not hang the start. */
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -1;
  int result = read_open(fd, content);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}
