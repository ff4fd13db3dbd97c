/* open_tree(2) and move_mount(2) by number: C libraries older than 2.36 don't have them. */
#ifndef INPOD_MOUNT_CALLS_H
#define INPOD_MOUNT_CALLS_H

/* @returns a descriptor of a detached copy of the mount at `path`, with its submounts if `recursive`; or -1 */
int clone_tree(const char *path, int recursive);
/* Mounts such a copy at `path`. */
int attach_tree(int tree, const char *path);

#endif
