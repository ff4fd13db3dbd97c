#include "etc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "failure.h"
#include "ssh-config.h"

static int is_hosts_line(const char *line) {
  line += strspn(line, " \t");
  return !strncmp(line, "hosts", 5) && line[5 + strspn(line + 5, " \t")] == ':';
}

/* The host's nsswitch.conf, but names come from our two files alone. */
static int make_nsswitch(const struct blob *host, struct blob *made) {
  static const char hosts[] = "hosts: files dns\n";
  if (blob_append(made, hosts, sizeof hosts - 1) < 0) return -1;
  for (const char *line = host->bytes; line && *line;) {
    const char *end = strchrnul(line, '\n');
    size_t length = (size_t)(end - line);
    if (!is_hosts_line(line) && (blob_append(made, line, length) < 0 || blob_append(made, "\n", 1) < 0)) return -1;
    line = *end ? end + 1 : end;
  }
  return 0;
}

static int write_nsswitch(const struct cover *cover) {
  struct blob host, made = {0};
  (void)read_whole(cover->host, "nsswitch.conf", &host); /* where there is none, the C library's defaults hold */
  int result = make_nsswitch(&host, &made);
  if (result == 0) result = write_new(cover->top, "nsswitch.conf", &made);
  free(host.bytes);
  free(made.bytes);
  return result < 0 ? fail("write nsswitch.conf") : 0;
}

/* Daemons of the host that would answer names past resolv.conf. A directory that is missing or closed to us needs no hiding. */
static int hide_name_services(void) {
  static const char *const directories[] = {"/run/nscd", "/var/run/nscd", "/run/systemd/resolve", "/run/avahi-daemon"};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("inpod", directories[i], "tmpfs", flags, "mode=755,size=4k") == 0) continue;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return fail("hide %s", directories[i]);
  }
  return 0;
}

int etc_open(struct cover *cover, const struct configuration *configuration, int foreign_root) {
  static const char *const always[] = {"resolv.conf", "hosts", "nsswitch.conf", NULL};
  static const char *const with_ssh[] = {"resolv.conf", "hosts", "nsswitch.conf", "ssh", NULL};
  struct stat ssh;
  int copies_ssh = foreign_root && stat("/etc/ssh", &ssh) == 0 && S_ISDIR(ssh.st_mode);
  if (cover_open(cover, "/etc", copies_ssh ? with_ssh : always) < 0) return -1;
  if (write_new(cover->top, "resolv.conf", &configuration->resolv_conf) < 0) return fail("write resolv.conf");
  if (write_new(cover->top, "hosts", &configuration->hosts) < 0) return fail("write hosts");
  if (write_nsswitch(cover) < 0) return -1;
  if (copies_ssh && ssh_config_copy(cover) < 0) return -1;
  if (cover_seal(cover) < 0) return -1;
  return hide_name_services();
}
