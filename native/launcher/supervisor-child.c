#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "descendants.h"
#include "descriptors.h"
#include "supervisor.h"
#include "terminal.h"

/* How long EXITED waits for the rest of the namespace, whom process 1 gives a second: a process may hang in a dead file system. */
#define ANNOUNCE_WITHIN_MS 2000
#define KILL_WITHIN_MS 2000

static void tell(const struct supervisor *supervisor, uint32_t type, const void *body, uint32_t length) {
  (void)control_send(supervisor->control, type, body, length, -1); /* a dead Node is noticed by its closed socket */
}

static void tell_exec_failed(struct supervisor *supervisor, int error, uint32_t stage) {
  uint32_t code = stage == INPOD_STAGE_EXEC && error == ENOENT ? 127 : 126;
  struct inpod_exec_failed failed = {.error = error, .code = code, .stage = stage};
  supervisor->has_ended = 1;
  tell(supervisor, INPOD_EXEC_FAILED, &failed, sizeof failed);
}

/* A pair to process 1, which reports with credentials: the kernel translates the pids in them. */
static int open_channel(int ends[2]) {
  int one = 1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -1;
  return setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
}

void supervisor_spawn(struct supervisor *supervisor) {
  int channel[2], report[2];
  struct child_plan plan = {
      .request = &supervisor->request,
      .signal_mask = supervisor->signal_mask,
      .has_namespaces = supervisor->has_namespaces,
      .needs_capabilities = (supervisor->session->facts.flags & INPOD_READY_SYSCTLS_DENIED) != 0,
  };
  if (open_channel(channel) < 0 || pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
    tell_exec_failed(supervisor, errno, INPOD_STAGE_FORK);
    return;
  }
  pid_t init = fork();
  if (init == 0) {
    close(supervisor->control);
    init_run(&plan, channel[1], report[1]);
  }
  int error = errno;
  close(channel[1]);
  close(report[1]);
  descriptors_let_go(supervisor->request.wire.descriptors, supervisor->request.wire.descriptor_count);
  supervisor->channel = channel[0];
  supervisor->report = report[0];
  supervisor->init = init < 0 ? 0 : init;
  if (init < 0) tell_exec_failed(supervisor, error, INPOD_STAGE_FORK);
}

void supervisor_signal_child(const struct supervisor *supervisor, int number) {
  struct init_order order = {.signal = number};
  if (supervisor->channel >= 0) (void)!send(supervisor->channel, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void stop_with_child(struct supervisor *supervisor, int number) {
  pid_t foreground = terminal_foreground();
  int reads_terminal = number == SIGTTIN || number == SIGTTOU;
  /* It stopped as we were in the background, and we were brought forward meanwhile: nobody would continue it. */
  if (reads_terminal && foreground == getpgrp() && getpgid(supervisor->child) == getpgrp()) {
    supervisor_signal_child(supervisor, SIGCONT);
    return;
  }
  struct inpod_stopped stopped = {.signal = (uint32_t)number};
  tell(supervisor, INPOD_STOPPED, &stopped, sizeof stopped);
  supervisor->is_stopped = 1;
  supervisor->stopped_foreground = foreground;
  /* The job's leader stops only after the child did, and only where a shell can see it. */
  if (foreground >= 0) kill(supervisor->node, SIGSTOP);
}

void supervisor_continue(struct supervisor *supervisor) {
  if (!supervisor->is_stopped) return;
  supervisor->is_stopped = 0;
  pid_t group = supervisor->stopped_foreground;
  int had_terminal = group > 0 && group != getpgrp() && group == getpgid(supervisor->child);
  if (had_terminal && terminal_foreground() == getpgrp()) terminal_give(group);
  supervisor_signal_child(supervisor, SIGCONT);
}

static void end(struct supervisor *supervisor, uint32_t code, uint32_t signal) {
  if (supervisor->has_ended) return;
  supervisor->has_ended = 1;
  supervisor->ended = (struct inpod_exited){.code = code, .signal = signal};
  supervisor->announce_by_ms = monotonic_ms() + ANNOUNCE_WITHIN_MS;
  /* Killed while it was stopped: the job's leader, which stopped with it, must be able to end too. */
  if (supervisor->is_stopped) kill(supervisor->node, SIGCONT);
}

static void note_status(struct supervisor *supervisor, int status) {
  /* A program that didn't start ends with a status, which the exec report explains. */
  if (supervisor->report >= 0) supervisor_hear_exec(supervisor);
  if (WIFSTOPPED(status)) stop_with_child(supervisor, WSTOPSIG(status));
  else if (WIFEXITED(status)) end(supervisor, (uint32_t)WEXITSTATUS(status), 0);
  else if (WIFSIGNALED(status)) end(supervisor, 0, (uint32_t)WTERMSIG(status));
}

static void note(struct supervisor *supervisor, const struct init_report *report, pid_t sender) {
  switch (report->event) {
    case INIT_PROC: supervisor->proc_error = report->value; break;
    case INIT_CHILD_STARTED: supervisor->child = sender; break;
    case INIT_FORK_FAILED: tell_exec_failed(supervisor, report->value, INPOD_STAGE_FORK); break;
    case INIT_CHILD_STATUS: note_status(supervisor, report->value); break;
    default: break;
  }
}

/* @returns 1 with a report, 0 where nothing is there, -1 where process 1 is gone */
static int receive_report(int channel, struct init_report *report, pid_t *sender) {
  _Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec part = {report, sizeof *report};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  ssize_t got = recvmsg(channel, &message, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return 0;
  struct cmsghdr *item = got == sizeof *report ? CMSG_FIRSTHDR(&message) : NULL;
  if (!item || item->cmsg_type != SCM_CREDENTIALS) return -1;
  struct ucred credentials;
  memcpy(&credentials, CMSG_DATA(item), sizeof credentials);
  *sender = credentials.pid;
  return 1;
}

void supervisor_hear_init(struct supervisor *supervisor) {
  struct init_report report;
  pid_t sender;
  while (supervisor->channel >= 0) {
    int received = receive_report(supervisor->channel, &report, &sender);
    if (received == 0) return;
    if (received > 0) {
      note(supervisor, &report, sender);
    } else {
      close(supervisor->channel);
      supervisor->channel = -1;
    }
  }
}

void supervisor_hear_exec(struct supervisor *supervisor) {
  struct exec_report failed;
  if (supervisor->report < 0) return;
  if (!supervisor->child) supervisor_hear_init(supervisor); /* the child told its pid before it executed */
  if (supervisor->report < 0) return;
  ssize_t got = read(supervisor->report, &failed, sizeof failed);
  if (got < 0 && errno == EAGAIN) return;
  close(supervisor->report);
  supervisor->report = -1;
  if (got == sizeof failed) {
    tell_exec_failed(supervisor, failed.error, failed.stage);
  } else if (supervisor->child) {
    struct inpod_spawned spawned = {.pid = (uint32_t)supervisor->child, .proc_error = supervisor->proc_error};
    tell(supervisor, INPOD_SPAWNED, &spawned, sizeof spawned);
  }
}

void supervisor_reap(struct supervisor *supervisor) {
  if (supervisor->init && waitpid(supervisor->init, NULL, WNOHANG) == supervisor->init) {
    supervisor_hear_init(supervisor);
    supervisor->init = 0;
    end(supervisor, 0, SIGKILL); /* somebody killed process 1, and with it the child; else the child's own end stands */
  }
  if (!supervisor->announce_by_ms || (supervisor->init && monotonic_ms() < supervisor->announce_by_ms)) return;
  supervisor->announce_by_ms = 0;
  terminal_take_back();
  tell(supervisor, INPOD_EXITED, &supervisor->ended, sizeof supervisor->ended);
}

void supervisor_kill_all(struct supervisor *supervisor) {
  if (!supervisor->init && supervisor->has_namespaces) return;
  sigset_t child_signal;
  struct timespec wait = {.tv_nsec = 100000000};
  int64_t deadline = monotonic_ms() + KILL_WITHIN_MS;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  if (supervisor->has_namespaces) kill(supervisor->init, SIGKILL);
  else if (supervisor->channel >= 0) close(supervisor->channel); /* it ends what came of it, and itself */
  while (supervisor->init && waitpid(supervisor->init, NULL, WNOHANG) == 0 && monotonic_ms() < deadline) sigtimedwait(&child_signal, NULL, &wait);
  if (!supervisor->has_namespaces) descendants_end(); /* where somebody killed it first, they came to us */
  terminal_take_back();
}
