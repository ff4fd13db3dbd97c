/** Where the kernel and the container runtime mount, in every container. */
const notVolumes: readonly RegExp[] = [
  /^\/$/,
  /^\/(proc|sys)(\/|$)/,
  /^\/dev(\/(pts|shm|mqueue|hugepages|console|termination-log))?$/,
  /^\/etc\/(hosts|hostname|resolv\.conf)$/,
  /^\/run\/\.containerenv$/,
];

/**
 * Mount points of volumes, from /proc/self/mountinfo (proc_pid_mountinfo(5)), in mount order.
 * @param own - directories of the agent, which are left out with all below them
 */
export function volumeMounts(mountinfo: string, own: readonly string[]): readonly string[] {
  const points = mountinfo.split('\n').flatMap((line) => {
    const field = line.split(' ')[4];
    return field ? [unescapeOctal(field)] : [];
  });
  const isOwn = (point: string): boolean => own.some((folder) => point === folder || point.startsWith(`${folder}/`));
  return [...new Set(points)].filter((point) => !isOwn(point) && !notVolumes.some((pattern) => pattern.test(point)));
}

/** The kernel writes blanks, tabs, newlines and backslashes as `\040`; other bytes as they are. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
