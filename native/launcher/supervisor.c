#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"

enum { CONTROL, SIGNALS, CHANNEL, REPORT, CHANGES, FIXED };

static void pass_on(struct supervisor *supervisor, uint32_t number) {
  if (number == SIGCONT) {
    supervisor_continue(supervisor);
    return;
  }
  /* A child that left the process group didn't get what the group got. */
  int shares_group = supervisor->child > 0 && getpgid(supervisor->child) == getpgrp();
  int matches = group_signals_matches(&supervisor->signals, number);
  if (number > 0 && number < NSIG && !(shares_group && matches)) supervisor_signal_child(supervisor, (int)number);
}

static void refuse_spawn(struct supervisor *supervisor, int error) {
  if (supervisor->has_ended) return;
  supervisor->has_ended = 1;
  struct inpod_exec_failed failed = {.error = error, .code = 126, .stage = INPOD_STAGE_EXEC};
  (void)control_send(supervisor->control, INPOD_EXEC_FAILED, &failed, sizeof failed, -1);
}

static void handle_spawn(struct supervisor *supervisor, const struct inpod_spawn *wire) {
  if (supervisor->init || supervisor->has_ended) return; /* at most once */
  if (spawn_request_finish(&supervisor->request, wire) < 0) refuse_spawn(supervisor, errno);
  else supervisor_spawn(supervisor);
}

static void handle(struct supervisor *supervisor, const struct message *message) {
  switch (message->header.type) {
    case INPOD_SPAWN_DATA:
      if (spawn_request_add(&supervisor->request, &message->body.chunk) < 0) refuse_spawn(supervisor, errno);
      break;
    case INPOD_SPAWN: handle_spawn(supervisor, &message->body.spawn); break;
    case INPOD_SIGNAL: pass_on(supervisor, message->body.signal.number); break;
    case INPOD_LISTEN: sockets_listen(supervisor->control, &message->body.endpoint); break;
    case INPOD_CONNECT: sockets_connect(&supervisor->sockets, supervisor->control, &message->body.endpoint); break;
    default: break;
  }
}

/* @returns whether the other side is gone, or no longer makes sense */
static int hear_control(struct supervisor *supervisor) {
  static struct message message;
  for (;;) {
    enum received received = control_receive(supervisor->control, &message, MSG_DONTWAIT);
    if (received == CONTROL_NOTHING) return 0;
    if (received != CONTROL_MESSAGE) return 1;
    handle(supervisor, &message);
  }
}

static void settle_sockets(struct supervisor *supervisor, const struct pollfd *polled) {
  /* Backwards: settling moves the last item into the gap. */
  for (int i = supervisor->sockets.count - 1; i >= 0; i--)
    if (polled[i].revents) sockets_settle(&supervisor->sockets, supervisor->control, i);
}

static int timeout_ms(const struct supervisor *supervisor) {
  if (!supervisor->announce_by_ms) return -1;
  int64_t left = supervisor->announce_by_ms - monotonic_ms();
  return left < 0 ? 0 : (int)left;
}

static int fill(const struct supervisor *supervisor, struct pollfd *polled) {
  int fixed[FIXED] = {supervisor->control, supervisor->signals.fd, supervisor->channel, supervisor->report,
                      supervisor->session->etc.changes};
  for (int i = 0; i < FIXED; i++) polled[i] = (struct pollfd){.fd = fixed[i], .events = POLLIN};
  for (int i = 0; i < supervisor->sockets.count; i++)
    polled[FIXED + i] = (struct pollfd){.fd = supervisor->sockets.items[i].fd, .events = POLLOUT};
  return FIXED + supervisor->sockets.count;
}

void supervise(struct supervisor *supervisor) {
  struct pollfd polled[FIXED + SOCKETS_PENDING];
  for (;;) {
    int count = fill(supervisor, polled);
    if (poll(polled, (nfds_t)count, timeout_ms(supervisor)) < 0 && errno != EINTR) break;
    /* Signals first: what Node passes on is compared with them. */
    if (group_signals_drain(&supervisor->signals)) supervisor_continue(supervisor);
    if (polled[CHANNEL].revents) supervisor_hear_init(supervisor);
    if (polled[REPORT].revents) supervisor_hear_exec(supervisor);
    supervisor_reap(supervisor);
    if (polled[CHANGES].revents) cover_mirror(&supervisor->session->etc);
    settle_sockets(supervisor, polled + FIXED);
    if (polled[CONTROL].revents && hear_control(supervisor)) break;
  }
  supervisor_kill_all(supervisor);
}
