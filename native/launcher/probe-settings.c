#include "probe-settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"

const char *name_error(int error) {
  static const struct {
    int error;
    const char *name;
  } names[] = {
      {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EACCES, "EACCES"}, {ENODEV, "ENODEV"}, {ENXIO, "ENXIO"},   {ENOSPC, "ENOSPC"},         {EUSERS, "EUSERS"},
      {EINVAL, "EINVAL"}, {EROFS, "EROFS"},   {EBUSY, "EBUSY"},   {ENOSYS, "ENOSYS"}, {ENOMEM, "ENOMEM"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {EMFILE, "EMFILE"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].error == error) return names[i].name;
  return "EOTHER";
}

/* A sysctl's first line into `value`. @returns whether it exists */
static int read_line(const char *path, char *value, size_t size) {
  struct blob content;
  int exists = read_whole(AT_FDCWD, path, &content) == 0 && content.bytes;
  if (exists) snprintf(value, size, "%.*s", (int)strcspn(content.bytes, "\n"), content.bytes);
  free(content.bytes);
  return exists;
}

static int name_limit(const char *step, char *text, size_t size) {
  static const char *const kinds[][2] = {
      {"NEWUSER", "user"}, {"NEWNET", "net"}, {"NEWNS", "mnt"}, {"NEWUTS", "uts"}, {"NEWPID", "pid"},
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char path[96], value[32];
    if (!strstr(step, kinds[i][0])) continue;
    snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", kinds[i][1]);
    if (!read_line(path, value, sizeof value)) return 0;
    snprintf(text, size, "user.max_%s_namespaces=%s", kinds[i][1], value);
    return 1;
  }
  return 0;
}

/* Names `setting` where its file says `forbidding`. */
static int is_set(const char *setting, const char *path, const char *forbidding, char *text, size_t size) {
  char value[32];
  if (!read_line(path, value, sizeof value) || strcmp(value, forbidding)) return 0;
  snprintf(text, size, "%s=%s", setting, value);
  return 1;
}

static int has_seccomp(char *text, size_t size) {
  struct blob status;
  int found = 0;
  if (read_whole(AT_FDCWD, "/proc/self/status", &status) == 0 && status.bytes) {
    const char *line = strstr(status.bytes, "\nSeccomp:");
    found = line && atoi(line + strlen("\nSeccomp:")) != 0;
  }
  free(status.bytes);
  if (found) snprintf(text, size, "seccomp");
  return found;
}

static int name_refusal(const char *step, char *text, size_t size) {
  int is_first = strstr(step, "NEWUSER") != NULL;
  if (is_first && is_set("kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone", "0", text, size)) return 1;
  /* Where a filter forbids it is by the first step; AppArmor lets that pass and forbids what follows. */
  if (is_first && has_seccomp(text, size)) return 1;
  if (is_set("kernel.apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", text, size)) return 1;
  return has_seccomp(text, size);
}

static int name_device(int error, char *text, size_t size) {
  struct stat device;
  if (stat("/dev/net/tun", &device) < 0) snprintf(text, size, "/dev/net/tun is missing");
  else if (error == ENODEV || error == ENXIO) snprintf(text, size, "kernel module tun");
  else if (error == EPERM) snprintf(text, size, "device cgroup");
  else if ((device.st_mode & 0006) == 0006) snprintf(text, size, "/dev/net/tun is on a nodev mount");
  else snprintf(text, size, "/dev/net/tun mode=%04o", device.st_mode & 07777);
  return 1;
}

int name_setting(const char *step, int error, char *text, size_t size) {
  if (strstr(step, "/dev/net/tun")) return name_device(error, text, size);
  if (error == ENOSPC || error == EUSERS) return name_limit(step, text, size);
  if (error == EPERM || error == EACCES) return name_refusal(step, text, size);
  return 0;
}
