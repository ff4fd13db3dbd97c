#include "mount-calls.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLONE_OF_TREE 1u        /* OPEN_TREE_CLONE */
#define WITH_SUBMOUNTS 0x8000u  /* AT_RECURSIVE */
#define SOURCE_IS_EMPTY_PATH 4u /* MOVE_MOUNT_F_EMPTY_PATH */

int clone_tree(const char *path, int recursive) {
  unsigned flags = CLONE_OF_TREE | O_CLOEXEC | (recursive ? WITH_SUBMOUNTS : 0);
  return (int)syscall(SYS_open_tree, AT_FDCWD, path, flags);
}

int attach_tree(int tree, const char *path) { return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, SOURCE_IS_EMPTY_PATH); }
