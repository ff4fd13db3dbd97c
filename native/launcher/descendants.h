/* All processes that came of this one, wherever they went, where no PID namespace holds them. Orphans among them come back to a subreaper. */
#ifndef INPOD_DESCENDANTS_H
#define INPOD_DESCENDANTS_H

/* @returns how many got the signal */
int descendants_signal(int number);

/* Kills them until there is none left, and reaps them, for a bounded time. With SIGCHLD blocked. */
void descendants_end(void);

#endif
