/* The TUN device of the session. */
#ifndef INPOD_TUN_H
#define INPOD_TUN_H

#include "inpod-launcher.h"

#define INPOD_LINK "pod0"

/*
 * With virtio headers and the offloads that need them; a plain one where the kernel refuses either, or `wire` asks for it.
 * @param facts - which one it became: offloads, vnet_header_bytes, mtu @returns a non-blocking descriptor, or -1 recorded by `fail`
 */
int tun_open(const struct inpod_configure *wire, struct inpod_ready *facts);

#endif
