/* --probe: takes the real steps in a process of its own. */
#ifndef INPOD_PROBE_H
#define INPOD_PROBE_H

/* Prints one line of JSON. @returns the exit status, 0 where an outcome was printed */
int probe(void);

#endif
