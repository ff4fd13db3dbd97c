/* User, mount, network, UTS and PID namespaces for this process. */
#ifndef INPOD_NAMESPACES_H
#define INPOD_NAMESPACES_H

/* Enters new namespaces; the PID namespace is for the next fork. @returns 1 with a user namespace, 0 without, -1 (recorded by `fail`) */
int namespaces_enter(void);
/* 0, or -1 recorded by `fail`. */
int namespaces_set_hostname(const char *hostname);

#endif
