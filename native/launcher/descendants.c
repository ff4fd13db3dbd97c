#include "descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "group-signals.h"

#define END_WITHIN_MS 2000

struct process {
  pid_t pid, parent;
  int is_ours;
};

struct processes {
  struct process *items;
  size_t count, room;
};

/* Fields 3 and 4 of /proc/PID/stat; the command in field 2 may hold anything. @returns 0, or -1 for one that ended */
static int read_stat(const char *pid, char *state, int *parent) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
  FILE *file = fopen(path, "re");
  if (!file) return -1;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  char *end = strrchr(text, ')');
  return end && sscanf(end + 1, " %c %d", state, parent) == 2 ? 0 : -1;
}

static void add(struct processes *all, struct process one) {
  if (all->count == all->room) {
    size_t room = all->room ? all->room * 2 : 512;
    struct process *items = realloc(all->items, room * sizeof *items);
    if (!items) return;
    all->items = items;
    all->room = room;
  }
  all->items[all->count++] = one;
}

static void list(struct processes *all) {
  DIR *proc = opendir("/proc");
  if (!proc) return;
  for (struct dirent *entry; (entry = readdir(proc));) {
    char state;
    int parent;
    if (!isdigit((unsigned char)entry->d_name[0]) || read_stat(entry->d_name, &state, &parent) < 0 || state == 'Z') continue;
    add(all, (struct process){.pid = atoi(entry->d_name), .parent = parent});
  }
  closedir(proc);
}

static int is_ours(const struct processes *all, pid_t pid) {
  if (pid == getpid()) return 1;
  for (size_t i = 0; i < all->count; i++)
    if (all->items[i].pid == pid) return all->items[i].is_ours;
  return 0;
}

/* As often as the tree is deep: a child may be listed before its parent. */
static void mark(struct processes *all) {
  for (int changed = 1; changed;) {
    changed = 0;
    for (size_t i = 0; i < all->count; i++) {
      if (all->items[i].is_ours || !is_ours(all, all->items[i].parent)) continue;
      all->items[i].is_ours = changed = 1;
    }
  }
}

int descendants_signal(int number) {
  struct processes all = {0};
  int signalled = 0;
  list(&all);
  mark(&all);
  for (size_t i = 0; i < all.count; i++)
    if (all.items[i].is_ours && kill(all.items[i].pid, number) == 0) signalled++;
  free(all.items);
  return signalled;
}

void descendants_end(void) {
  sigset_t child_signal;
  struct timespec wait = {.tv_nsec = 10000000};
  int64_t deadline = monotonic_ms() + END_WITHIN_MS;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  /* Again and again: one that was just being forked isn't in the list. What may not be killed, being another user's by now, stays. */
  while (descendants_signal(SIGKILL) > 0 && monotonic_ms() < deadline) {
    sigtimedwait(&child_signal, NULL, &wait);
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}
