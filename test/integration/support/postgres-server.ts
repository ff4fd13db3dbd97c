import { execFileSync, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { LaptopServer } from './laptop-servers.ts';

const debianFolder = '/usr/lib/postgresql';
const superuser = 'tester';

/** Where PostgreSQL's programs are: Debian's folder of the newest, or the PATH's. */
export const postgresFolder = [
  ...(existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)).map((version) => join(debianFolder, version, 'bin')) : []),
  ...(process.env['PATH'] ?? '').split(delimiter),
].find((folder) => ['initdb', 'postgres', 'psql', 'pgbench'].every((name) => isExecutable(join(folder, name)))); // prettier-ignore

/** A server with an empty cluster of its own, on the laptop's 127.0.0.1; as user postgres where we are root, which it refuses to be. Nothing of it is left after `close`. */
export async function startPostgres(folder: string): Promise<LaptopServer & { readonly url: (host: string) => string }> {
  const directory = mkdtempSync(join(tmpdir(), 'inpod-postgres-'));
  const data = join(directory, 'data');
  const identity = process.getuid?.() === 0 ? idOf('postgres') : undefined;
  if (identity) chownSync(directory, identity.uid, identity.gid);
  const as = { ...identity, cwd: directory };
  try {
    execFileSync(join(folder, 'initdb'), ['-D', data, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
      ...as,
      stdio: 'pipe',
    });
    const port = await freePort();
    const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, '-F'];
    const server = spawn(join(folder, 'postgres'), args, { ...as, stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
    const close = async (): Promise<void> => {
      server.kill('SIGINT'); // PostgreSQL's fast shutdown
      await ended;
      rmSync(directory, { recursive: true, force: true });
    };
    return { port, close, url: (host) => `postgresql://${superuser}@${host.includes(':') ? `[${host}]` : host}:${port}/postgres` };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function idOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    }),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
