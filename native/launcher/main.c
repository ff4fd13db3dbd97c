/*
 * inpod-launcher --control FD: makes the environment of one session, then supervises one child in it.
 * inpod-launcher --probe: tries all of it in a process of its own and prints one line of JSON.
 * Nothing else is ever printed but usage errors: the terminal is the child's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "control.h"
#include "failure.h"
#include "probe.h"
#include "supervisor.h"

static int report_failure(int control) {
  (void)control_send(control, INPOD_FAILED, last_failure(), sizeof *last_failure(), -1);
  return 1;
}

/* Dies with Node. Set late: entering a user namespace clears it. The closed socket tells the same. */
static int die_with(pid_t node) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == node ? 0 : -1;
}

static int run(int control) {
  static struct configuration configuration;
  static struct session session;
  static struct supervisor supervisor;
  supervisor = (struct supervisor){.control = control, .node = getppid(), .session = &session, .channel = -1, .report = -1};
  fcntl(control, F_SETFD, FD_CLOEXEC);
  if (group_signals_open(&supervisor.signals, &supervisor.signal_mask) < 0) return report_failure(control);
  int received = configuration_receive(control, &configuration);
  if (received > 0) return 0;
  if (received < 0 || session_open(&session, &configuration) < 0) return report_failure(control);
  if (die_with(supervisor.node) < 0) return 1;
  if (control_send(control, INPOD_READY, &session.facts, sizeof session.facts, session.tun) < 0) return 1;
  close(session.tun); /* Node's is the only one: the device ends with it */
  supervise(&supervisor);
  return 0;
}

static int usage(void) {
  fputs("usage: inpod-launcher --control FD | --probe\n", stderr);
  return 2;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "--probe")) return probe();
  if (argc != 3 || strcmp(argv[1], "--control")) return usage();
  char *end;
  long control = strtol(argv[2], &end, 10);
  if (*end || end == argv[2] || control < 3 || control > 1 << 20) return usage();
  return run((int)control);
}
