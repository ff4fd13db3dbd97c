#include "child.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capabilities.h"
#include "descriptors.h"

/* What a shell takes where PATH isn't set. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *search_path(char *const *variables) {
  for (; *variables; variables++)
    if (!strncmp(*variables, "PATH=", 5)) return *variables + 5;
  return DEFAULT_PATH;
}

/* Whether another directory of PATH may still have the program, as execvp(3) has it. */
static int may_go_on(int error) {
  return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE || error == ENODEV || error == ETIMEDOUT;
}

/* Looks the program up in the PATH of its own environment. @returns errno of the failure; a file that may not be executed
 * wins over "not there", but a directory that may not be searched doesn't: to a shell, too, that command isn't found. */
static int execute_by_path(char *const *arguments, char *const *variables) {
  int outcome = ENOENT;
  for (const char *entry = search_path(variables); entry;) {
    const char *end = strchr(entry, ':');
    int length = (int)(end ? (size_t)(end - entry) : strlen(entry));
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%.*s%s%s", length, entry, length ? "/" : "", arguments[0]);
    if (written < (int)sizeof path) {
      execve(path, arguments, variables);
      if (!may_go_on(errno)) return errno;
      if (errno == EACCES && access(path, F_OK) == 0) outcome = EACCES;
    }
    entry = end ? end + 1 : NULL;
  }
  return outcome;
}

static int execute(char *const *arguments, char *const *variables) {
  if (!*arguments[0]) return ENOENT;
  if (!strchr(arguments[0], '/')) return execute_by_path(arguments, variables);
  execve(arguments[0], arguments, variables);
  return errno;
}

/* Node raises its own limit as it starts, and would hand that on. Where the kernel refuses, the program has the higher one. */
static void limit_open_files(uint32_t soft) {
  struct rlimit limit;
  if (!soft || getrlimit(RLIMIT_NOFILE, &limit) < 0 || soft >= limit.rlim_cur) return;
  limit.rlim_cur = soft;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

_Noreturn void child_run(const struct child_plan *plan, int report) {
  const struct spawn_request *request = plan->request;
  struct exec_report failed = {.stage = INPOD_STAGE_CWD};
  umask((mode_t)request->wire.umask);
  descriptors_keep(request->wire.descriptors, request->wire.descriptor_count);
  limit_open_files(request->wire.open_files);
  if (plan->needs_capabilities) (void)keep_network_capabilities();
  if (chdir(request->cwd.bytes) < 0) {
    failed.error = errno;
  } else {
    sigprocmask(SIG_SETMASK, &plan->signal_mask, NULL);
    failed.stage = INPOD_STAGE_EXEC;
    failed.error = execute(request->arguments, request->variables);
  }
  (void)!write(report, &failed, sizeof failed);
  _exit(failed.error == ENOENT ? 127 : 126);
}
