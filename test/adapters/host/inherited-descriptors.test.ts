import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseInherited, type OpenDescriptor } from '../../../src/adapters/host/inherited-descriptors.ts';

const cloexec = 0o2000000;
const open = (fd: number, target: string, flags = cloexec): OpenDescriptor => ({ fd, target, flags });

/** What Node 20 has open when it starts, from descriptor `first` on. */
function nodes(...fds: number[]): OpenDescriptor[] {
  const own: [string, number][] = [
    ['anon_inode:[eventpoll]', 2], ['pipe:[901]', 0], ['pipe:[901]', 1], ['pipe:[902]', 0], ['pipe:[902]', 1], ['anon_inode:[eventfd]', 2],
    ['anon_inode:[eventpoll]', 2], ['pipe:[903]', 0], ['pipe:[903]', 1], ['anon_inode:[eventfd]', 2], ['/proc/77/fd', 0],
  ]; // prettier-ignore
  return own.map(([target, mode], i) => open(fds[i] ?? (fds.at(-1) ?? 3) + i - fds.length + 1, target, cloexec | mode));
}

const standard = [open(0, '/dev/pts/1', 2), open(1, '/dev/pts/1', 2), open(2, '/dev/pts/1', 2)];

describe('descriptors that the caller passed', () => {
  const rows: [what: string, list: OpenDescriptor[], expected: number[], parent?: string[]][] = [
    ['none', nodes(3), []],
    ['a file below, made close-on-exec by Node', [open(3, '/etc/hosts'), ...nodes(4)], [3]],
    ['/dev/null below', [open(3, '/dev/null'), ...nodes(4)], [3]],
    ['an eventfd below', [open(3, 'anon_inode:[eventfd]', cloexec | 2), ...nodes(4)], [3]],
    ["a jobserver's pipe, both ends, below", [open(3, 'pipe:[7]'), open(4, 'pipe:[7]', cloexec | 1), ...nodes(5)], [3, 4]],
    [
      "a jobserver's pipe above, known to the parent",
      [...nodes(3), open(20, 'pipe:[7]'), open(21, 'pipe:[7]', cloexec | 1)],
      [20, 21],
      ['pipe:[7]'],
    ],
    ['a file in a gap', [...nodes(3, 4, 6), open(5, '/etc/hosts')], [5]],
    ['/dev/null for writing in a gap', [...nodes(3, 4, 6), open(5, '/dev/null', cloexec | 1)], [5]],
    ['/dev/null for reading in a gap', [...nodes(3, 4, 6), open(5, '/dev/null')], [5]],
    ['one end of a pipe', [...nodes(3, 4, 6), open(5, 'pipe:[7]')], [5]],
    ['one end of a pipe twice', [...nodes(3, 4, 7), open(5, 'pipe:[7]'), open(6, 'pipe:[7]')], [5, 6]],
    ['a socket', [...nodes(3, 4, 6), open(5, 'socket:[7]', cloexec | 2)], [5]],
    ['a process substitution, far above', [...nodes(3), open(63, 'pipe:[7]', 0), open(62, 'pipe:[8]', 1)], [62, 63]],
    ['both ends of a pipe far above, not close-on-exec', [...nodes(3), open(40, 'pipe:[7]', 0), open(41, 'pipe:[7]', 1)], [40, 41]],
  ];
  it.each(rows)('%s', (_, list, expected, parent = []) => {
    expect(chooseInherited([...standard, ...list], new Set(parent))).toEqual(expected);
  });
});

describe('a real process', () => {
  const program = join(import.meta.dirname, '../../../src/adapters/host/inherited-descriptors.ts');
  /** Node 20 can't run TypeScript: the file is bundled as it will be. */
  const script = execFileSync('node_modules/.bin/esbuild', [program, '--bundle', '--platform=node', '--format=cjs', '--footer:js=console.log(JSON.stringify(module.exports.readInheritedDescriptors()))'], { encoding: 'utf8' }); // prettier-ignore

  function seen(redirections: string): number[] {
    const line = `exec "$0" -e "$1" ${redirections}`;
    return JSON.parse(
      execFileSync('bash', ['--norc', '-c', line, process.execPath, script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
    ) as number[];
  }
  const always = seen('');

  it.each([
    ['3</etc/hosts', [3]],
    ['3</dev/null', [3]],
    ['5</etc/hosts 9>/dev/null', [5, 9]],
    ['7< <(echo x)', [7, 63]],
    ['3</etc/hosts 12<<<text 200</etc/passwd', [3, 12, 200]],
  ])('%s', (redirections, expected) => {
    expect(seen(redirections).filter((fd) => !always.includes(fd))).toEqual(expected);
  });
});
