/* The TUN device of the session. */
#ifndef INPOD_TUN_H
#define INPOD_TUN_H

#include <stdint.h>

#define INPOD_LINK "pod0"

/* @param offloads - TUN_F_ bits that the kernel took @returns a non-blocking descriptor, or -1 recorded by `fail` */
int tun_open(uint32_t *offloads);

#endif
