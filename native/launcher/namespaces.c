#include "namespaces.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "capabilities.h"
#include "failure.h"
#include "files.h"

/* Maps the caller's own two ids onto themselves: all that an unprivileged user may. */
static int map_ids(uid_t uid, gid_t gid) {
  char map[64];
  if (write_existing("/proc/self/setgroups", "deny") < 0) return fail("write /proc/self/setgroups");
  snprintf(map, sizeof map, "%u %u 1", uid, uid);
  if (write_existing("/proc/self/uid_map", map) < 0) return fail("write /proc/self/uid_map");
  snprintf(map, sizeof map, "%u %u 1", gid, gid);
  if (write_existing("/proc/self/gid_map", map) < 0) return fail("write /proc/self/gid_map");
  return 0;
}

static int enter_user_namespace(void) {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) < 0) return fail("unshare(CLONE_NEWUSER)");
  return map_ids(uid, gid);
}

/* One call each: the errno then belongs to one kind of namespace, whose limit can be named. */
static int enter_others(void) {
  static const struct {
    int flag;
    const char *step;
  } kinds[] = {
      {CLONE_NEWNET, "unshare(CLONE_NEWNET)"},
      {CLONE_NEWNS, "unshare(CLONE_NEWNS)"},
      {CLONE_NEWUTS, "unshare(CLONE_NEWUTS)"},
      {CLONE_NEWPID, "unshare(CLONE_NEWPID)"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (unshare(kinds[i].flag) < 0) return fail("%s", kinds[i].step);
  return 0;
}

int namespaces_enter(void) {
  int with_user = !is_privileged();
  if (with_user && enter_user_namespace() < 0) return -1;
  if (enter_others() < 0) return -1;
  /* Slave: the host's later mounts are seen here, ours never there. */
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) return fail("mount / as slave");
  return with_user;
}

int namespaces_set_hostname(const char *hostname) {
  return sethostname(hostname, strlen(hostname)) < 0 ? fail("sethostname") : 0;
}
