/* From the fork in process 1 to the program's first instruction. */
#ifndef INPOD_CHILD_H
#define INPOD_CHILD_H

#include <signal.h>

#include "spawn-request.h"

struct child_plan {
  const struct spawn_request *request;
  sigset_t signal_mask; /* the caller's */
  int has_namespaces; /* of its own */
  int needs_capabilities;
};

/* What the child writes to the report pipe where the program doesn't start; the pipe closes by exec where it does. */
struct exec_report {
  int32_t error;
  uint32_t stage;
};

/* Becomes the program, or reports and ends. */
_Noreturn void child_run(const struct child_plan *plan, int report);

#endif
