#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct inpod_failed failure;

int fail(const char *format, ...) {
  int error = errno;
  va_list arguments;
  va_start(arguments, format);
  memset(&failure, 0, sizeof failure);
  vsnprintf(failure.step, sizeof failure.step, format, arguments);
  va_end(arguments);
  failure.error = error;
  snprintf(failure.text, sizeof failure.text, "%s", strerror(error));
  errno = error;
  return -1;
}

const struct inpod_failed *last_failure(void) { return &failure; }
