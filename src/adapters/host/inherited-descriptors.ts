import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { InheritedDescriptors } from '../../domain/ports/tunnel-port.ts';

/** One open descriptor of this process. */
export interface OpenDescriptor {
  readonly fd: number;
  /** What /proc/self/fd/N points to: a path, `pipe:[INODE]`, `socket:[INODE]`, `anon_inode:[eventpoll]`. */
  readonly target: string;
  /** Flags of open(2), as /proc/self/fdinfo/N has them. */
  readonly flags: number;
}

const closeOnExec = 0o2000000;
const accessMode = 0o3;

/**
 * Which descriptors from 3 on the caller passed to us (`3<file`, `<(process substitution)`, a jobserver's pipe), as opposed to Node's own.
 *
 * Node's are close-on-exec, so what isn't is the caller's; but Node makes the low ones of the caller so, too. New descriptors take the lowest free number
 * and the first that Node opens is an epoll, so what lies below the lowest epoll is the caller's as well. For the rest what they are decides.
 * @param open - all that are open
 * @param parentTargets - what our parent process has open: a pipe with both ends here that the parent has too is the caller's
 */
export function chooseInherited(open: readonly OpenDescriptor[], parentTargets: ReadonlySet<string>): InheritedDescriptors {
  const firstOfNode = Math.min(...open.filter((one) => one.target === 'anon_inode:[eventpoll]' && isCloseOnExec(one)).map((one) => one.fd));
  const isNodes = nodesOwn(
    open.filter((one) => one.fd > firstOfNode),
    parentTargets,
  );
  return open
    .filter((one) => one.fd >= 3 && (one.fd < firstOfNode || !isCloseOnExec(one) || !isNodes(one)))
    .map((one) => one.fd)
    .sort((a, b) => a - b);
}

/** @param open - those above Node's first */
function nodesOwn(open: readonly OpenDescriptor[], parentTargets: ReadonlySet<string>): (one: OpenDescriptor) => boolean {
  const readEnds = new Set(open.filter((one) => (one.flags & accessMode) === 0).map((one) => one.target));
  const writeEnds = new Set(open.filter((one) => (one.flags & accessMode) !== 0).map((one) => one.target));
  return (one) => {
    if (one.target.startsWith('pipe:')) return readEnds.has(one.target) && writeEnds.has(one.target) && !parentTargets.has(one.target);
    return one.target.startsWith('anon_inode:') || /^\/proc\/(self|\d+)\/fd$/.test(one.target);
  };
}

function isCloseOnExec(one: OpenDescriptor): boolean {
  return (one.flags & closeOnExec) !== 0;
}

/**
 * The descriptors that this process's caller passed. To be called as the very first: what is opened later can't be told from the caller's (a
 * terminal, a socket; with its first stream Node opens /dev/null as a reserve).
 * Empty where there is no /proc.
 */
export function readInheritedDescriptors(): InheritedDescriptors {
  return chooseInherited(listDescriptors('/proc/self'), new Set(listDescriptors(`/proc/${process.ppid}`).map((one) => one.target)));
}

/** Another's descriptors can't be read where it runs as another user; what is closed meanwhile is left out. */
function listDescriptors(folder: string): readonly OpenDescriptor[] {
  return attempt(() => readdirSync(`${folder}/fd`), []).flatMap((name) =>
    attempt(() => {
      const target = readlinkSync(`${folder}/fd/${name}`);
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`${folder}/fdinfo/${name}`, 'latin1'))?.[1] ?? '0';
      return [{ fd: Number(name), target, flags: Number.parseInt(flags, 8) }];
    }, []),
  );
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
