/* What CONFIGURE and its FILE messages say. */
#ifndef INPOD_CONFIGURATION_H
#define INPOD_CONFIGURATION_H

#include "files.h"
#include "inpod-launcher.h"

struct configuration {
  struct inpod_configure wire;
  struct blob resolv_conf;
  struct blob hosts;
};

/* Waits for a whole configuration. 0; 1: the other side closed first; -1: recorded by `fail`. */
int configuration_receive(int control, struct configuration *configuration);

#endif
