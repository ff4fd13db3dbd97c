/*
 * A cover: a tmpfs over a directory that shows the directory's own entries, but for those that are ours.
 *
 * Binding a file over /etc/resolv.conf is lost when the host renames a new file over it, as resolvconf and
 * NetworkManager do. So the parent is covered: the original stays reachable at DIRECTORY/.inpod, directories
 * are bound from there, files and sockets are symbolic links into it (a file that is replaced is then seen),
 * and what the host creates or deletes later is mirrored. The host's mounts don't change.
 */
#ifndef INPOD_COVER_H
#define INPOD_COVER_H

#define COVER_ORIGINAL ".inpod"

struct cover {
  const char *directory;
  const char *const *owned; /* names that are ours, NULL at the end: never mirrored */
  int top;                  /* the tmpfs, writable by this descriptor even when sealed */
  int host;                 /* the original directory */
  int changes;              /* inotify of the original, non-blocking; -1: none */
};

/* Covers `directory`. `owned` must outlive the cover. 0, or -1 recorded by `fail`. */
int cover_open(struct cover *cover, const char *directory, const char *const *owned);
/* Makes what the child sees read-only: a change there would be lost, and must not seem to succeed. */
int cover_seal(const struct cover *cover);
/* Mirrors what the host changed since; call when `changes` is readable. Never blocks. */
void cover_mirror(const struct cover *cover);

#endif
