#include "cover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "mount-calls.h"

static int is_ours(const struct cover *cover, const char *name) {
  if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, COVER_ORIGINAL)) return 1;
  for (const char *const *owned = cover->owned; *owned; owned++)
    if (!strcmp(*owned, name)) return 1;
  return 0;
}

static void bind_directory(const struct cover *cover, const char *name) {
  char from[PATH_MAX], to[PATH_MAX];
  snprintf(from, sizeof from, "%s/" COVER_ORIGINAL "/%s", cover->directory, name);
  snprintf(to, sizeof to, "%s/%s", cover->directory, name);
  if (mkdirat(cover->top, name, 0755) < 0) return;
  /* Recursive: one without the submounts would be refused where they are locked. */
  if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0) return;
  /* A mount point that can't be bound is still reachable by a link. */
  char target[NAME_MAX + sizeof COVER_ORIGINAL + 2];
  snprintf(target, sizeof target, COVER_ORIGINAL "/%s", name);
  if (unlinkat(cover->top, name, AT_REMOVEDIR) == 0) (void)!symlinkat(target, cover->top, name);
}

/* Links keep their text, which is relative to the directory; all else that isn't a directory is linked to. */
static int link_text(const struct cover *cover, const char *name, const struct stat *host, char *text, size_t size) {
  if (!S_ISLNK(host->st_mode)) {
    snprintf(text, size, COVER_ORIGINAL "/%s", name);
    return 0;
  }
  ssize_t length = readlinkat(cover->host, name, text, size - 1);
  if (length < 0) return -1;
  text[length] = 0;
  return 0;
}

static void remove_mirrored(const struct cover *cover, const char *name, const struct stat *ours) {
  if (!S_ISDIR(ours->st_mode)) {
    unlinkat(cover->top, name, 0);
    return;
  }
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", cover->directory, name);
  umount2(path, MNT_DETACH);
  unlinkat(cover->top, name, AT_REMOVEDIR);
}

static void put_link(const struct cover *cover, const char *name, const char *text, int exists) {
  char old[PATH_MAX];
  ssize_t length = exists ? readlinkat(cover->top, name, old, sizeof old - 1) : -1;
  if (length >= 0 && (size_t)length == strlen(text) && !memcmp(old, text, (size_t)length)) return;
  if (exists) unlinkat(cover->top, name, 0);
  (void)!symlinkat(text, cover->top, name);
}

/* Makes our entry what the host's is now. An entry that vanishes meanwhile is mirrored by its own event. */
static void mirror(const struct cover *cover, const char *name) {
  if (is_ours(cover, name)) return;
  struct stat host, ours;
  char text[PATH_MAX];
  int exists = fstatat(cover->top, name, &ours, AT_SYMLINK_NOFOLLOW) == 0;
  int wanted = fstatat(cover->host, name, &host, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && (!wanted || S_ISDIR(host.st_mode) || S_ISDIR(ours.st_mode))) {
    remove_mirrored(cover, name, &ours);
    exists = 0;
  }
  if (!wanted) return;
  if (S_ISDIR(host.st_mode)) bind_directory(cover, name);
  else if (link_text(cover, name, &host, text, sizeof text) == 0) put_link(cover, name, text, exists);
}

static int mirror_all(const struct cover *cover) {
  int fd = openat(cover->host, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = fd < 0 ? NULL : fdopendir(fd);
  if (!entries) return fail("read %s", cover->directory);
  for (struct dirent *entry; (entry = readdir(entries));) mirror(cover, entry->d_name);
  closedir(entries);
  return 0;
}

/* A tmpfs over the directory, with the directory moved below it. */
static int lay_over(struct cover *cover) {
  struct stat original;
  char option[32], below[PATH_MAX];
  if (stat(cover->directory, &original) < 0) return fail("stat %s", cover->directory);
  int clone = clone_tree(cover->directory, 1);
  if (clone < 0) return fail("open_tree %s", cover->directory);
  snprintf(option, sizeof option, "mode=%o", original.st_mode & 07777);
  if (mount("inpod", cover->directory, "tmpfs", MS_NOSUID | MS_NODEV, option) < 0) return fail("mount tmpfs on %s", cover->directory);
  snprintf(below, sizeof below, "%s/" COVER_ORIGINAL, cover->directory);
  if (mkdir(below, 0755) < 0) return fail("make %s", below);
  if (attach_tree(clone, below) < 0) return fail("move_mount %s", below);
  cover->host = clone;
  return 0;
}

int cover_open(struct cover *cover, const char *directory, const char *const *owned) {
  *cover = (struct cover){.directory = directory, .owned = owned, .top = -1, .host = -1, .changes = -1};
  char below[PATH_MAX];
  if (lay_over(cover) < 0) return -1;
  cover->top = clone_tree(directory, 0);
  if (cover->top < 0) return fail("open_tree of the cover of %s", directory);
  snprintf(below, sizeof below, "%s/" COVER_ORIGINAL, directory);
  cover->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  /* Watched before it is read, so that no change falls between. Without a watch left (fs.inotify limits) the view is of now. */
  if (cover->changes >= 0) inotify_add_watch(cover->changes, below, IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR);
  return mirror_all(cover);
}

int cover_seal(const struct cover *cover) {
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;
  return mount(NULL, cover->directory, NULL, flags, NULL) < 0 ? fail("remount %s read-only", cover->directory) : 0;
}

void cover_mirror(const struct cover *cover) {
  _Alignas(struct inotify_event) char bytes[8192];
  ssize_t got = read(cover->changes, bytes, sizeof bytes);
  for (ssize_t at = 0; at < got;) {
    const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
    if (event->mask & IN_Q_OVERFLOW) (void)mirror_all(cover);
    else if (event->len > 0) mirror(cover, event->name);
    at += (ssize_t)(sizeof *event + event->len);
  }
}
