/* The launcher after READY: one loop over the control socket, signals, process 1, and changes of the host's /etc. */
#ifndef INPOD_SUPERVISOR_H
#define INPOD_SUPERVISOR_H

#include <signal.h>

#include "group-signals.h"
#include "init.h"
#include "session.h"
#include "sockets.h"
#include "spawn-request.h"

struct supervisor {
  int control;
  pid_t node;
  struct session *session;
  int has_namespaces; /* else the child is supervised where we are */
  struct group_signals signals;
  sigset_t signal_mask; /* the child gets it back */
  struct spawn_request request;
  struct pending_sockets sockets;
  /* The child: */
  pid_t init;   /* process 1, as we see it; 0: not started, or reaped */
  pid_t child;  /* as we see it; 0: not known yet */
  int channel;  /* to process 1, or -1 */
  int report;   /* the exec report's read end, or -1 once it has told */
  int proc_error;
  int is_stopped;
  pid_t stopped_foreground; /* who had the terminal as the child stopped */
  int has_ended;
  struct inpod_exited ended;
  int64_t announce_by_ms; /* EXITED is sent when process 1 is gone, or then; 0: nothing to announce */
};

/* Runs until the control socket closes; then nothing of the session is left. */
void supervise(struct supervisor *supervisor);

/* The parts, in supervisor-child.c: */
/* Forks process 1 as SPAWN asks. */
void supervisor_spawn(struct supervisor *supervisor);
/* Reads what process 1 has to say. */
void supervisor_hear_init(struct supervisor *supervisor);
/* Reads whether the program started. */
void supervisor_hear_exec(struct supervisor *supervisor);
/* Reaps process 1; announces the child's end when it is time. */
void supervisor_reap(struct supervisor *supervisor);
/* Passes a signal to the child. */
void supervisor_signal_child(const struct supervisor *supervisor, int number);
/* Continues the child after the process group was continued. */
void supervisor_continue(struct supervisor *supervisor);
/* Kills everything in the PID namespace and waits for it, for a bounded time. */
void supervisor_kill_all(struct supervisor *supervisor);

#endif
