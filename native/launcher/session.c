#include "session.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "etc.h"
#include "namespaces.h"
#include "network.h"
#include "tun.h"

int session_open(struct session *session, const struct configuration *configuration) {
  memset(session, 0, sizeof *session);
  struct inpod_ready *facts = &session->facts;
  facts->launcher_pid = (uint32_t)getpid();
  umask(022); /* the child gets the caller's own again */
  int with_user = namespaces_enter();
  if (with_user < 0) return -1;
  if (with_user) facts->flags |= INPOD_READY_USER_NAMESPACE;
  if (namespaces_set_hostname(configuration->wire.hostname) < 0) return -1;
  session->tun = tun_open(&configuration->wire, facts);
  if (session->tun < 0) return -1;
  if (network_configure(&configuration->wire, facts) < 0) return -1;
  return etc_open(&session->etc, configuration, with_user);
}
