/* Capabilities, by the raw system calls: no library needed. */
#ifndef INPOD_CAPABILITIES_H
#define INPOD_CAPABILITIES_H

/* Whether namespaces, mounts and the network can be made without a user namespace. */
int is_privileged(void);
/* Lets the program that is executed next bind low ports and open raw sockets. 0, or -1 with errno. */
int keep_network_capabilities(void);

#endif
