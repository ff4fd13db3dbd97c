/* Which descriptors a process keeps. */
#ifndef INPOD_DESCRIPTORS_H
#define INPOD_DESCRIPTORS_H

#include <stdint.h>

/* Closes all from `first` on. */
void descriptors_close_from(unsigned first);
/* Marks all from 3 on to be closed by exec, but for those named. */
void descriptors_keep(const uint32_t *kept, uint32_t count);
/* Replaces 0, 1 and 2 by /dev/null and closes those named: a pipe's reader must not wait for us. */
void descriptors_let_go(const uint32_t *named, uint32_t count);

#endif
