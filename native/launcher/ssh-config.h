/* Copies of the system's ssh client configuration: ssh refuses included files that are owned by neither root nor the user. */
#ifndef INPOD_SSH_CONFIG_H
#define INPOD_SSH_CONFIG_H

#include "cover.h"

/* Makes `ssh` in the cover of /etc: the configuration copied, all else linked. 0, or -1 recorded by `fail`. */
int ssh_config_copy(const struct cover *etc);

#endif
