import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { HostError } from '../../domain/errors.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import { abilitiesOf, type Abilities } from './sshuttle-command.ts';

/** Where the system's own programs lie, which an ordinary user's PATH lacks. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** An sshuttle that can be used here. */
export interface FoundSshuttle {
  readonly path: string;
  readonly hasBuffer: Abilities['hasBuffer'];
  readonly method: MachineChange['method'];
  /** How it gets the rights to change the machine's rules, for people. */
  readonly rights: string;
  /** By sudo, which may ask for a password first, now or whenever it is started again. */
  readonly bySudo: boolean;
}

/** PATH as sshuttle and what it starts are to have it. */
export function searchPathOf(environment: Readonly<Record<string, string | undefined>>): string {
  return [environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', ...systemFolders].join(delimiter);
}

/** Who looks for it, and where. */
export interface Searcher {
  readonly searchPath: string;
  readonly isRoot: boolean;
  readonly hasTerminal: () => Promise<boolean>;
}

/** This process. */
export function thisSearcher(searchPath: string): Searcher {
  return { searchPath, isRoot: process.getuid?.() === 0, hasTerminal };
}

/**
 * By what its own help says rather than by its version.
 * @throws HostError `BINARY_MISSING`, `NOT_PERMITTED`
 */
export async function findSshuttle(searcher: Searcher, signal: AbortSignal): Promise<FoundSshuttle> {
  const { searchPath, isRoot } = searcher;
  const [path, ssh, nft] = await Promise.all(['sshuttle', 'ssh', 'nft'].map((name) => find(name, searchPath)));
  if (path === undefined) throw missing('sshuttle is not installed');
  if (ssh === undefined) throw missing('ssh is not installed, which sshuttle takes', 'openssh-client');
  const { missing: lacks, hasBuffer } = abilitiesOf(await helpOf(path, searchPath, signal));
  if (lacks.length > 0) throw missing(`${path} is too old: it has no ${lacks.join(', ')}`);
  const rights = isRoot ? 'as root' : await sudoRights(searcher, signal);
  return { path, hasBuffer, method: nft === undefined ? 'nat' : 'nft', rights, bySudo: !isRoot };
}

async function find(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, name);
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path; // prettier-ignore
  }
  return undefined;
}

async function helpOf(path: string, searchPath: string, signal: AbortSignal): Promise<string> {
  try {
    return (await promisify(execFile)(path, ['--help'], { env: { PATH: searchPath }, signal })).stdout;
  } catch (cause) {
    signal.throwIfAborted();
    throw missing(`${path} doesn't work: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, undefined, cause);
  }
}

/** sshuttle asks sudo by itself, and that asks at the terminal. */
async function sudoRights({ searchPath, hasTerminal: canAsk }: Searcher, signal: AbortSignal): Promise<string> {
  const sudo = await find('sudo', searchPath);
  if (sudo !== undefined) {
    const tried = promisify(execFile)(sudo, ['-n', 'true'], { signal });
    if (await tried.then(() => true, () => false)) return 'by sudo'; // prettier-ignore
    signal.throwIfAborted();
    if (await canAsk()) return 'by sudo, which will ask at the terminal';
  }
  throw new HostError({
    code: 'NOT_PERMITTED',
    message: `sshuttle changes this machine's rules, for which it must be root: ${sudo === undefined ? 'there is no sudo' : 'sudo wants a password, and there is no terminal'}`,
    hint: 'use --backend tun, which needs neither root nor sudo; or start inpod at a terminal',
  });
}

async function hasTerminal(): Promise<boolean> {
  const terminal = await open('/dev/tty', 'r+').catch(() => undefined);
  await terminal?.close();
  return terminal !== undefined;
}

function missing(message: string, debianPackage = 'sshuttle', cause?: unknown): HostError {
  const hint = `install it: sudo apt install ${debianPackage} (Debian, Ubuntu); or use --backend tun, which needs nothing`;
  return new HostError({ code: 'BINARY_MISSING', message, hint, cause });
}
