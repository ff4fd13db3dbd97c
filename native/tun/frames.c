#include <errno.h>
#include <unistd.h>

#include "inpod-tun.h"

int inpod_tun_read(int fd, uint8_t *slots, uint32_t stride, uint32_t *lengths, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity) {
    ssize_t got = read(fd, slots + (size_t)count * stride, stride);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN && count == 0) return -errno;
    if (got <= 0) break;
    lengths[count++] = (uint32_t)got;
  }
  return (int)count;
}

int inpod_tun_write(int fd, const uint8_t *slots, uint32_t stride, const uint32_t *lengths, uint32_t first, uint32_t count) {
  uint32_t at = first;
  while (at < count) {
    ssize_t written = write(fd, slots + (size_t)at * stride, lengths[at]);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN && at == first) return -errno;
    if (written < 0) break;
    at++;
  }
  return (int)(at - first);
}
