import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import type { PodServices } from '../../domain/ports/tunnel-port.ts';
import type { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { SshFiles } from './sshuttle-command.ts';
import type { SshuttleParts } from './sshuttle-parts.ts';

/** How ssh gets to the agent. */
export interface WayToAgent extends SshFiles {
  /** Of 127.0.0.1. */
  readonly agentPort: number;
  /** Who connects there from now on gets through when `admitted` resolves, and is reset where it rejects. Nobody does before the first call. */
  readonly guard: (admitted: () => Promise<void>) => void;
}

/** A port of this machine that leads to the agent, and names of files by which ssh will know it, in the session's folder. */
export async function openWayToAgent(
  { network, relay, makeSessionFolder }: Pick<SshuttleParts, 'network' | 'relay' | 'makeSessionFolder'>,
  { sessionId, pod }: { readonly sessionId: string; readonly pod: Pick<PodServices, 'openAgent'> },
  held: LeaseStack,
): Promise<WayToAgent> {
  let admit = (): Promise<void> => Promise.reject(new ErrnoError('ECONNREFUSED', 'sshuttle is not there'));
  const throughToAgent = async (gone: AbortSignal): Promise<ByteChannel> => {
    await admit();
    return pod.openAgent(gone);
  };
  const listener = await network.listen('127.0.0.1', 0, (channel) => void relay(channel, throughToAgent));
  held.push('port to the agent', () => listener.close());
  const folder = makeSessionFolder(sessionId);
  const files = { identityFile: join(folder, 'ssh-key'), knownHostsFile: join(folder, 'known-hosts') };
  held.push('files for ssh', async () => {
    await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
  });
  return { ...files, agentPort: listener.port, guard: (admitted) => (admit = admitted) };
}
