/* Which setting of the host made a step fail. */
#ifndef INPOD_PROBE_SETTINGS_H
#define INPOD_PROBE_SETTINGS_H

#include <stddef.h>

/* The name of an errno, `EOTHER` for one that no step is known to give. */
const char *name_error(int error);
/* Writes a name=value of what forbids the step. @returns whether one was found */
int name_setting(const char *step, int error, char *text, size_t size);

#endif
