/*
 * The shared library that Node calls: what Node itself can't do with descriptors. All functions return 0 or a count,
 * or a negative errno. None blocks. None may be called with a descriptor that was closed.
 */
#ifndef INPOD_TUN_LIBRARY_H
#define INPOD_TUN_LIBRARY_H

#include <stdint.h>

#define INPOD_API __attribute__((visibility("default")))

/* A close-on-exec SEQPACKET pair; both ends are the caller's. */
INPOD_API int inpod_control_pair(int32_t ends[2]);
/* One message. @returns its bytes; 0: the other side closed; -EAGAIN. `*passed`: a descriptor, now the caller's, or -1. */
INPOD_API int inpod_control_receive(int fd, uint8_t *bytes, uint32_t size, int32_t *passed);
/* One message. @returns 0; -EAGAIN: no room now; -EPIPE: the other side closed. */
INPOD_API int inpod_control_send(int fd, const uint8_t *bytes, uint32_t length);

/* Reads frames, each into a slot of `stride` bytes, until none is left or `capacity` are read. @returns how many; 0: none now */
INPOD_API int inpod_tun_read(int fd, uint8_t *slots, uint32_t stride, uint32_t *lengths, uint32_t capacity);
/* Writes the frames of slots `first` to `count` - 1. @returns how many were taken; fewer: no room now, or the next one fails alone */
INPOD_API int inpod_tun_write(int fd, const uint8_t *slots, uint32_t stride, const uint32_t *lengths, uint32_t first, uint32_t count);

struct inpod_doorbell;
/* Starts the doorbell's thread. `*ring`: a pipe's read end, the caller's, which gets one byte, its token, for each ring. */
INPOD_API int inpod_doorbell_open(struct inpod_doorbell **doorbell, int32_t *ring);
/* Rings once, when `fd` is readable (events 1), writable (2) or either (3), or failed. Again only when armed again. */
INPOD_API int inpod_doorbell_arm(struct inpod_doorbell *doorbell, int fd, uint32_t events, uint32_t token);
/* Forgets `fd`: before it is closed. */
INPOD_API int inpod_doorbell_forget(struct inpod_doorbell *doorbell, int fd);
/* Ends and joins the thread. The ring's read end stays the caller's. */
INPOD_API int inpod_doorbell_close(struct inpod_doorbell *doorbell);

INPOD_API int inpod_close(int fd);

#endif
