import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

/** An SSH server of the test's own. */
export interface SshServer {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

const port = 22_022;

/**
 * Starts sshd on an address of the laptop that isn't loopback, since a session's loopback is its own.
 * @param folder - gets the server's key, and `client-key`, which logs in as `user`
 */
export async function startSshServer(folder: string, user: string): Promise<SshServer> {
  const address = laptopAddress();
  for (const name of ['host-key', 'client-key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  writeFileSync(join(folder, 'authorized-keys'), readFileSync(join(folder, 'client-key.pub')), { mode: 0o644 });
  // sshd's privilege separation wants it; a package's service would make it.
  if (!existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 });
  const options = {
    HostKey: join(folder, 'host-key'),
    AuthorizedKeysFile: join(folder, 'authorized-keys'),
    ListenAddress: `${address}:${port}`,
    AllowUsers: user,
    StrictModes: 'no',
    UsePAM: 'no',
    PidFile: 'none',
    PasswordAuthentication: 'no',
  };
  const server = spawn(
    '/usr/sbin/sshd',
    ['-D', '-e', '-f', '/dev/null', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])],
    {
      stdio: 'ignore',
    },
  );
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill();
    await ended;
  };
  await eventually('sshd', () => answers(address)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { address, port, stop };
}

function laptopAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no address but loopback');
  return found.address;
}

function answers(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
