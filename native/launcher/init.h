/*
 * Process 1 of the PID namespace: the child's parent, so that the launcher's death is never waited for, and the
 * reaper of orphans. Its end is the end of everything in the namespace. Without namespaces a process like any other, to whom orphans come all the
 * same, and who kills what came of it before it ends.
 */
#ifndef INPOD_INIT_H
#define INPOD_INIT_H

#include "child.h"

enum init_event { INIT_PROC = 1, INIT_CHILD_STARTED = 2, INIT_FORK_FAILED = 3, INIT_CHILD_STATUS = 4 };

/* From process 1 (and once from the child itself, whose credentials carry its pid) to the launcher. */
struct init_report {
  uint32_t event;
  int32_t value; /* errno of mounting /proc; errno of fork; wait status */
};

/* The launcher to process 1: a signal for the child. */
struct init_order {
  int32_t signal;
};

/* @param launcher - SEQPACKET socket to the launcher @param report - the write end of the exec report pipe. With all signals blocked. */
_Noreturn void init_run(const struct child_plan *plan, int launcher, int report);

#endif
