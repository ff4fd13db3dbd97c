/* What the supervisor does with the controlling terminal, if there is one. */
#ifndef INPOD_TERMINAL_H
#define INPOD_TERMINAL_H

#include <sys/types.h>

/* @returns the terminal's foreground process group, or -1 without a controlling terminal */
pid_t terminal_foreground(void);
/* Gives the terminal to a process group of our session. */
void terminal_give(pid_t group);
/* Takes the terminal back from a foreground group that is dead. */
void terminal_take_back(void);

#endif
