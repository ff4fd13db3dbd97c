/*
 * Signals that the terminal, or kill(-group), delivers to the whole process group reach Node, the launcher and the
 * child alike; Node asks to pass on each that it gets. What arrived here shortly before arrived at the child too.
 */
#ifndef INPOD_GROUP_SIGNALS_H
#define INPOD_GROUP_SIGNALS_H

#include <signal.h>
#include <stdint.h>

struct group_signals {
  int fd; /* signalfd, non-blocking */
  struct {
    int unmatched;
    int64_t at_ms;
  } seen[NSIG];
};

/* Blocks all signals that can wait; `before` is the mask as it was. 0, or -1 recorded by `fail`. */
int group_signals_open(struct group_signals *signals, sigset_t *before);
/* Takes what arrived. @returns whether SIGCONT was among it */
int group_signals_drain(struct group_signals *signals);
/* Whether a signal that Node reports was delivered to the whole group. */
int group_signals_matches(struct group_signals *signals, uint32_t number);

int64_t monotonic_ms(void);

#endif
