/* The one place that remembers which step failed, and why. */
#ifndef INPOD_FAILURE_H
#define INPOD_FAILURE_H

#include "inpod-launcher.h"

/* Records errno and the step's name (printf-like). Always -1, so that a step can `return fail(...)`. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What the last `fail` recorded. */
const struct inpod_failed *last_failure(void);

#endif
