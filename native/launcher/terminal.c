#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int terminal_open(void) { return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }

pid_t terminal_foreground(void) {
  int tty = terminal_open();
  if (tty < 0) return -1;
  pid_t group = tcgetpgrp(tty);
  close(tty);
  return group;
}

void terminal_give(pid_t group) {
  int tty = terminal_open();
  if (tty < 0) return;
  /* From the background this would stop us with SIGTTOU, but we have it blocked. */
  tcsetpgrp(tty, group);
  close(tty);
}

void terminal_take_back(void) {
  pid_t group = terminal_foreground();
  if (group > 0 && group != getpgrp() && kill(-group, 0) < 0 && errno == ESRCH) terminal_give(getpgrp());
}
