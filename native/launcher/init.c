#include "init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "descendants.h"
#include "descriptors.h"

/* How long what the child left running may take to end by SIGTERM. */
#define LEFTOVERS_MS 1000

enum { LAUNCHER = 0, SIGNALS = 1 }; /* the only descriptors that process 1 keeps */

struct init_state {
  pid_t child;       /* 0: it ended */
  int64_t end_by_ms; /* when what it left is killed; 0: it runs */
};

/* Whether the end of this process is that of all that came of it, as of process 1 of a PID namespace. */
static int ends_all = 1;

static _Noreturn void leave(void) {
  if (!ends_all) descendants_end();
  _exit(0);
}

static void signal_all(int number) {
  if (ends_all) kill(-1, number);
  else descendants_signal(number);
}

static void tell(int launcher, uint32_t event, int32_t value) {
  struct init_report report = {.event = event, .value = value};
  if (send(launcher, &report, sizeof report, MSG_NOSIGNAL) < 0) leave();
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
  if (signals < 0 || dup2(signals, SIGNALS) < 0) leave();
  descriptors_close_from(2);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The child ended: the rest of the namespace, if there is any, is asked to. */
static void end_leftovers(struct init_state *state) {
  state->child = 0;
  state->end_by_ms = now_ms() + LEFTOVERS_MS;
  signal_all(SIGTERM);
  signal_all(SIGCONT);
}

static void reap(struct init_state *state) {
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
    if (ended != state->child) continue;
    tell(LAUNCHER, INIT_CHILD_STATUS, status);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) leave(); /* by force: so does the rest */
    if (!WIFSTOPPED(status)) end_leftovers(state);
  }
  if (ended < 0 && errno == ECHILD) leave();
}

/* @returns what poll(2) takes; at the end of the leftovers' time process 1 ends, and they with it */
static int timeout_ms(const struct init_state *state) {
  if (!state->end_by_ms) return -1;
  int64_t left = state->end_by_ms - now_ms();
  if (left <= 0) leave();
  return (int)left;
}

static void obey(const struct init_state *state) {
  struct init_order order;
  if (recv(LAUNCHER, &order, sizeof order, 0) != sizeof order) leave();
  if (state->child > 0) kill(state->child, order.signal);
}

/* @returns errno of mounting /proc, or 0 */
static int become_first(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? errno : 0;
}

/* The launcher's death is told by the closed socket: SIGKILL would leave no time to end the rest. */
static int become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? errno : 0; }

_Noreturn void init_run(const struct child_plan *plan, int launcher, int report) {
  sigset_t child_signals;
  struct signalfd_siginfo ignored;
  prctl(PR_SET_NAME, "inpod-init");
  ends_all = plan->has_namespaces;
  int error = ends_all ? become_first() : become_subreaper();
  tell(launcher, INIT_PROC, error);
  struct init_state state = {.child = fork_child(plan, launcher, report)};
  sigemptyset(&child_signals);
  sigaddset(&child_signals, SIGCHLD);
  settle(launcher, &child_signals);
  for (;;) {
    struct pollfd ready[2] = {{.fd = LAUNCHER, .events = POLLIN}, {.fd = SIGNALS, .events = POLLIN}};
    if (poll(ready, 2, timeout_ms(&state)) < 0) continue;
    while (read(SIGNALS, &ignored, sizeof ignored) > 0) continue;
    reap(&state);
    if (ready[0].revents) obey(&state);
  }
}
