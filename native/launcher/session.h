/* Everything that exists before the child: namespaces, TUN, network, /etc. */
#ifndef INPOD_SESSION_H
#define INPOD_SESSION_H

#include "configuration.h"
#include "cover.h"

struct session {
  int tun;
  struct inpod_ready facts;
  struct cover etc;
};

/* Takes all the steps in order. 0, or -1 recorded by `fail`; what was made ends with this process. */
int session_open(struct session *session, const struct configuration *configuration);

#endif
