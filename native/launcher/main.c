/*
 * inpod-launcher --control FD: makes the environment of one session, then supervises one child in it.
 * inpod-launcher --supervise FD: supervises one child where it is, which is all that a backend without an environment needs.
 * inpod-launcher --capabilities FILE: prints whether a program gets capabilities as it starts.
 * inpod-launcher --probe: tries all of it in a process of its own and prints one line of JSON.
 * Nothing else is ever printed but usage errors: the terminal is the child's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
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

/* @returns 0; 1 where Node went away; -1 recorded by `fail` */
static int make_environment(int control, struct session *session) {
  static struct configuration configuration;
  int received = configuration_receive(control, &configuration);
  return received ? received : session_open(session, &configuration);
}

static int no_environment(struct session *session) {
  session->tun = session->etc.changes = -1;
  session->facts.launcher_pid = (uint32_t)getpid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return 0;
}

static int run(int control, int has_namespaces) {
  static struct session session;
  static struct supervisor supervisor;
  supervisor = (struct supervisor){
      .control = control, .node = getppid(), .session = &session, .has_namespaces = has_namespaces, .channel = -1, .report = -1};
  fcntl(control, F_SETFD, FD_CLOEXEC);
  if (group_signals_open(&supervisor.signals, &supervisor.signal_mask) < 0) return report_failure(control);
  int made = has_namespaces ? make_environment(control, &session) : no_environment(&session);
  if (made != 0) return made > 0 ? 0 : report_failure(control);
  if (die_with(supervisor.node) < 0) return 1;
  if (control_send(control, INPOD_READY, &session.facts, sizeof session.facts, session.tun) < 0) return 1;
  if (session.tun >= 0) close(session.tun); /* Node's is the only one: the device ends with it */
  supervise(&supervisor);
  return 0;
}

static int usage(void) {
  fputs("usage: inpod-launcher --control FD | --supervise FD | --capabilities FILE | --probe\n", stderr);
  return 2;
}

static int tell_capabilities(const char *path) {
  puts(getxattr(path, "security.capability", NULL, 0) > 0 ? "yes" : "no");
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "--probe")) return probe();
  if (argc == 3 && !strcmp(argv[1], "--capabilities")) return tell_capabilities(argv[2]);
  int has_namespaces = argc == 3 && !strcmp(argv[1], "--control");
  if (argc != 3 || (!has_namespaces && strcmp(argv[1], "--supervise"))) return usage();
  char *end;
  long control = strtol(argv[2], &end, 10);
  if (*end || end == argv[2] || control < 3 || control > 1 << 20) return usage();
  return run((int)control, has_namespaces);
}
