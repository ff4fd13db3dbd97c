#include "group-signals.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"

/* How much later than we Node may hear of the same signal. */
#define SAME_SIGNAL_MS 1000

int64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int group_signals_open(struct group_signals *signals, sigset_t *before) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  sigset_t all;
  sigfillset(&all);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  if (sigprocmask(SIG_BLOCK, &all, before) < 0) return fail("block signals");
  signals->fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  return signals->fd < 0 ? fail("signalfd") : 0;
}

int group_signals_drain(struct group_signals *signals) {
  struct signalfd_siginfo info;
  int continued = 0;
  while (read(signals->fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCONT) continued = 1;
    if (info.ssi_signo >= NSIG) continue;
    signals->seen[info.ssi_signo].unmatched++;
    signals->seen[info.ssi_signo].at_ms = monotonic_ms();
  }
  return continued;
}

int group_signals_matches(struct group_signals *signals, uint32_t number) {
  if (number >= NSIG || signals->seen[number].unmatched == 0) return 0;
  int recent = monotonic_ms() - signals->seen[number].at_ms <= SAME_SIGNAL_MS;
  signals->seen[number].unmatched = recent ? signals->seen[number].unmatched - 1 : 0;
  return recent;
}
