/*
 * Node can't wait for a TUN or a SEQPACKET socket. One thread does, in epoll; what it finds ready it reports by a byte
 * in a pipe, which Node reads like any other. Each registration is one-shot, so that the pipe can't fill, and is armed
 * from Node's thread: epoll allows that while the other one waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "inpod-tun.h"

#define END_TOKEN UINT32_MAX

struct inpod_doorbell {
  int epoll;
  int end;  /* eventfd: readable when the thread is to end */
  int bell; /* the pipe's write end, the thread's */
  pthread_t thread;
};

static void *watch(void *argument) {
  struct inpod_doorbell *doorbell = argument;
  struct epoll_event ready[32];
  for (;;) {
    int count = epoll_wait(doorbell->epoll, ready, 32, -1);
    uint8_t tokens[32];
    int rings = 0;
    for (int i = 0; i < count; i++) {
      if (ready[i].data.u32 == END_TOKEN) return NULL;
      tokens[rings++] = (uint8_t)ready[i].data.u32;
    }
    /* Fails only where the reader closed: then nobody listens any more. */
    if (rings > 0 && write(doorbell->bell, tokens, (size_t)rings) < 0 && errno == EPIPE) return NULL;
  }
}

/* The thread takes no signals: they are Node's. */
static int start(struct inpod_doorbell *doorbell) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&doorbell->thread, NULL, watch, doorbell);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return -error;
}

static int open_descriptors(struct inpod_doorbell *doorbell, int32_t *ring) {
  int bell[2];
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = END_TOKEN};
  doorbell->epoll = epoll_create1(EPOLL_CLOEXEC);
  doorbell->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (doorbell->epoll < 0 || doorbell->end < 0) return -errno;
  if (epoll_ctl(doorbell->epoll, EPOLL_CTL_ADD, doorbell->end, &event) < 0 || pipe2(bell, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  *ring = bell[0];
  doorbell->bell = bell[1];
  return 0;
}

static void release(struct inpod_doorbell *doorbell) {
  if (doorbell->epoll >= 0) close(doorbell->epoll);
  if (doorbell->end >= 0) close(doorbell->end);
  if (doorbell->bell >= 0) close(doorbell->bell);
  free(doorbell);
}

int inpod_doorbell_open(struct inpod_doorbell **opened, int32_t *ring) {
  struct inpod_doorbell *doorbell = malloc(sizeof *doorbell);
  if (!doorbell) return -ENOMEM;
  *doorbell = (struct inpod_doorbell){.epoll = -1, .end = -1, .bell = -1};
  *ring = -1;
  int result = open_descriptors(doorbell, ring);
  if (result == 0) result = start(doorbell);
  if (result == 0) {
    *opened = doorbell;
    return 0;
  }
  if (*ring >= 0) close(*ring);
  release(doorbell);
  return result;
}

int inpod_doorbell_arm(struct inpod_doorbell *doorbell, int fd, uint32_t events, uint32_t token) {
  uint32_t wanted = EPOLLONESHOT | (events & 1 ? EPOLLIN : 0) | (events & 2 ? EPOLLOUT : 0);
  struct epoll_event event = {.events = wanted, .data.u32 = token & 0xff};
  if (epoll_ctl(doorbell->epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  if (errno != ENOENT) return -errno;
  return epoll_ctl(doorbell->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int inpod_doorbell_forget(struct inpod_doorbell *doorbell, int fd) {
  return epoll_ctl(doorbell->epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

int inpod_doorbell_close(struct inpod_doorbell *doorbell) {
  uint64_t one = 1;
  if (write(doorbell->end, &one, sizeof one) < 0) return -errno;
  int error = pthread_join(doorbell->thread, NULL);
  release(doorbell);
  return -error;
}
