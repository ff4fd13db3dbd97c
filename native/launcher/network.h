/* Loopback, addresses, routes and sysctls of the network namespace. */
#ifndef INPOD_NETWORK_H
#define INPOD_NETWORK_H

#include <stdint.h>

#include "inpod-launcher.h"

/* Configures loopback and the TUN, which exists, with the MTU of `facts`. @param facts - INPOD_READY_ bits are added to its flags. 0, or -1 recorded by `fail` */
int network_configure(const struct inpod_configure *wire, struct inpod_ready *facts);

#endif
