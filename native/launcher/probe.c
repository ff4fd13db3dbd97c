#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "probe-settings.h"
#include "session.h"

struct outcome {
  int is_usable;
  int proc_error;
  struct inpod_ready facts;
  struct inpod_failed failure;
};

static void sample(struct configuration *configuration) {
  static const uint8_t v4[16] = {192, 0, 2, 1}, v6[16] = {0x20, 1, 0x0d, 0xb8, [15] = 1}, gateway[16] = {192, 0, 2, 2};
  struct inpod_configure *wire = &configuration->wire;
  memset(configuration, 0, sizeof *configuration);
  wire->mtu = 65520;
  wire->address_count = 2;
  wire->addresses[0] = (struct inpod_address){.family = 4, .prefix = 32};
  wire->addresses[1] = (struct inpod_address){.family = 6, .prefix = 128};
  wire->gateway = (struct inpod_address){.family = 4, .prefix = 32};
  memcpy(wire->addresses[0].bytes, v4, sizeof v4);
  memcpy(wire->addresses[1].bytes, v6, sizeof v6);
  memcpy(wire->gateway.bytes, gateway, sizeof gateway);
  snprintf(wire->hostname, sizeof wire->hostname, "inpod-probe");
}

/* Process 1 of the new PID namespace mounts its /proc: only it can. @returns errno, or 0 */
static int try_proc(void) {
  int status;
  pid_t init = fork();
  if (init == 0) _exit(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? errno & 0xff : 0);
  if (init < 0 || waitpid(init, &status, 0) < 0) return errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static _Noreturn void take_steps(int result) {
  static struct configuration configuration;
  static struct session session;
  struct outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  sample(&configuration);
  outcome.is_usable = session_open(&session, &configuration) == 0;
  if (outcome.is_usable) outcome.proc_error = try_proc();
  outcome.facts = session.facts;
  outcome.failure = *last_failure();
  _exit(write(result, &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
}

static void print_notes(const struct outcome *outcome) {
  const char *separator = "";
  const struct {
    int holds;
    const char *note;
  } notes[] = {
      {(outcome->facts.flags & INPOD_READY_USER_NAMESPACE) == 0, "privileged: no user namespace is needed"},
      {(outcome->facts.flags & INPOD_READY_SYSCTLS_DENIED) != 0, "sysctls can't be written: low ports and ping are given by capabilities"},
      {(outcome->facts.flags & INPOD_READY_NO_IPV6) != 0, "the kernel has no IPv6"},
      {outcome->facts.vnet_header_bytes == 0, "the TUN takes no virtio headers: transfers are slower"},
      {outcome->proc_error != 0, "/proc can't be mounted: ps in the session shows the host's processes"},
  };
  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
    if (!notes[i].holds) continue;
    printf("%s\"%s\"", separator, notes[i].note);
    separator = ",";
  }
}

static void print(const struct outcome *outcome) {
  char setting[160];
  if (outcome->is_usable) {
    printf("{\"usable\":true,\"notes\":[");
    print_notes(outcome);
    printf("]}\n");
    return;
  }
  int is_named = name_setting(outcome->failure.step, outcome->failure.error, setting, sizeof setting);
  printf("{\"usable\":false,\"step\":\"%s\",\"errno\":\"%s\",\"setting\":", outcome->failure.step, name_error(outcome->failure.error));
  printf(is_named ? "\"%s\"}\n" : "null}\n", setting);
}

int probe(void) {
  struct outcome outcome;
  int result[2];
  if (pipe(result) < 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) take_steps(result[1]);
  close(result[1]);
  int is_whole = read(result[0], &outcome, sizeof outcome) == sizeof outcome;
  waitpid(child, NULL, 0);
  if (!is_whole) return 1;
  print(&outcome);
  return 0;
}
