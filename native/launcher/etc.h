/* The child's /etc: the host's, with resolv.conf, hosts and nsswitch.conf of its own, and nothing that answers names behind them. */
#ifndef INPOD_ETC_H
#define INPOD_ETC_H

#include "configuration.h"
#include "cover.h"

/* @param foreign_root - root's files belong to nobody here (a user namespace). 0, or -1 recorded by `fail` */
int etc_open(struct cover *cover, const struct configuration *configuration, int foreign_root);

#endif
