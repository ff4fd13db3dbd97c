#include "init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"

enum { LAUNCHER = 0, SIGNALS = 1 }; /* the only descriptors that process 1 keeps */

static void tell(int launcher, uint32_t event, int32_t value) {
  struct init_report report = {.event = event, .value = value};
  if (send(launcher, &report, sizeof report, MSG_NOSIGNAL) < 0) _exit(0);
}

static pid_t fork_child(const struct child_plan *plan, int launcher, int report) {
  pid_t child = fork();
  if (child == 0) {
    tell(launcher, INIT_CHILD_STARTED, 0);
    child_run(plan, report);
  }
  if (child < 0) tell(launcher, INIT_FORK_FAILED, errno);
  return child;
}

/* Lets go of everything inherited: whoever reads the child's output must see its end. */
static void settle(int launcher, const sigset_t *child_signals) {
  if (launcher != LAUNCHER) dup2(launcher, LAUNCHER);
  int signals = signalfd(-1, child_signals, SFD_NONBLOCK);
  if (signals < 0 || dup2(signals, SIGNALS) < 0) _exit(0);
  descriptors_close_from(2);
}

static void reap(pid_t child) {
  int status;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;)
    if (ended == child) tell(LAUNCHER, INIT_CHILD_STATUS, status);
}

static void obey(pid_t child) {
  struct init_order order;
  if (recv(LAUNCHER, &order, sizeof order, 0) != sizeof order) _exit(0);
  if (child > 0) kill(child, order.signal);
}

_Noreturn void init_run(const struct child_plan *plan, int launcher, int report) {
  sigset_t child_signals;
  struct signalfd_siginfo ignored;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "inpod-init");
  int mounted = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  tell(launcher, INIT_PROC, mounted < 0 ? errno : 0);
  pid_t child = fork_child(plan, launcher, report);
  sigemptyset(&child_signals);
  sigaddset(&child_signals, SIGCHLD);
  settle(launcher, &child_signals);
  for (;;) {
    struct pollfd ready[2] = {{.fd = LAUNCHER, .events = POLLIN}, {.fd = SIGNALS, .events = POLLIN}};
    if (poll(ready, 2, -1) < 0) continue;
    while (read(SIGNALS, &ignored, sizeof ignored) > 0) continue;
    reap(child);
    if (ready[0].revents) obey(child);
  }
}
