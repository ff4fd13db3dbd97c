#include "ssh-config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "files.h"

struct copier {
  int top;      /* the new /etc/ssh */
  int included; /* how many files from elsewhere were copied */
};

static int copy_file(struct copier *copier, int from, const char *name, int to, const char *as);

/* The one absolute path without patterns that an Include line names outside /etc/ssh, or NULL. */
static const char *foreign_include(const char *line, char *path, size_t size) {
  line += strspn(line, " \t");
  if (strncasecmp(line, "include", 7)) return NULL;
  line += 7 + strspn(line + 7, " \t=");
  size_t length = strcspn(line, " \t\r\n");
  if (*line != '/' || length >= size || !strncmp(line, "/etc/ssh/", 9)) return NULL;
  memcpy(path, line, length);
  path[length] = 0;
  return strpbrk(path, "*?[") ? NULL : path;
}

/* Fedora's crypto policies, for one, are included from outside: they are copied beside, and the line names the copy. */
static int append_line(struct copier *copier, struct blob *made, const char *line, size_t length) {
  char path[PATH_MAX], name[32], replaced[96];
  if (copier->included < 16 && foreign_include(line, path, sizeof path)) {
    snprintf(name, sizeof name, ".inpod-%d", copier->included++);
    if (copy_file(copier, AT_FDCWD, path, copier->top, name) == 0) {
      int written = snprintf(replaced, sizeof replaced, "Include /etc/ssh/%s\n", name);
      return blob_append(made, replaced, (size_t)written);
    }
  }
  return blob_append(made, line, length);
}

static int rewrite(struct copier *copier, const struct blob *original, struct blob *made) {
  if (blob_append(made, "", 0) < 0) return -1;
  for (const char *line = original->bytes; line && *line;) {
    const char *end = strchrnul(line, '\n');
    const char *next = *end ? end + 1 : end;
    if (append_line(copier, made, line, (size_t)(next - line)) < 0) return -1;
    line = next;
  }
  return 0;
}

/* 0 also where it can't be read: ssh outside couldn't either. */
static int copy_file(struct copier *copier, int from, const char *name, int to, const char *as) {
  struct blob original, made = {0};
  if (read_whole(from, name, &original) < 0) {
    free(original.bytes);
    return -1;
  }
  int result = rewrite(copier, &original, &made);
  if (result == 0) result = write_new(to, as, &made);
  free(original.bytes);
  free(made.bytes);
  return result;
}

typedef int (*entry_function)(struct copier *copier, int from, const char *name, int to);

static int for_each(struct copier *copier, int from, int to, entry_function use) {
  int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = fd < 0 ? NULL : fdopendir(fd);
  if (!entries) return -1;
  for (struct dirent *entry; (entry = readdir(entries));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) (void)use(copier, from, entry->d_name, to);
  closedir(entries);
  return 0;
}

static int copy_entry(struct copier *copier, int from, const char *name, int to) { return copy_file(copier, from, name, to, name); }

static int copy_directory(struct copier *copier, int from, const char *name, int to) {
  if (mkdirat(to, name, 0755) < 0) return -1;
  int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = source < 0 || target < 0 ? -1 : for_each(copier, source, target, copy_entry);
  if (source >= 0) close(source);
  if (target >= 0) close(target);
  return result;
}

static int place_entry(struct copier *copier, int from, const char *name, int to) {
  char target[NAME_MAX + 32];
  if (!strcmp(name, "ssh_config")) return copy_file(copier, from, name, to, name);
  if (!strcmp(name, "ssh_config.d")) return copy_directory(copier, from, name, to);
  snprintf(target, sizeof target, "../" COVER_ORIGINAL "/ssh/%s", name);
  return symlinkat(target, to, name);
}

int ssh_config_copy(const struct cover *etc) {
  if (mkdirat(etc->top, "ssh", 0755) < 0) return fail("make /etc/ssh");
  int from = openat(etc->host, "ssh", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct copier copier = {.top = openat(etc->top, "ssh", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  int result = from < 0 || copier.top < 0 ? -1 : for_each(&copier, from, copier.top, place_entry);
  int error = errno;
  if (from >= 0) close(from);
  if (copier.top >= 0) close(copier.top);
  errno = error;
  /* A directory that only root may list is as closed to ssh as before. */
  return result < 0 && error != EACCES ? fail("copy the ssh configuration") : 0;
}
