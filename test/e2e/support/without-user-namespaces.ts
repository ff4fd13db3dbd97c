const forbid = 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all --securebits +noroot "$@"';

/**
 * Words before a command, for a machine that forbids user namespaces. The limit counts in each user namespace for itself: in one of the test's own it changes
 * nothing outside. Without capabilities, as an ordinary user has none.
 */
export const withoutUserNamespaces: readonly string[] = ['unshare', '-Ur', 'sh', '-c', forbid, 'sh'];
