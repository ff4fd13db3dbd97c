import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { BenchTarget } from '../../domain/ports/measured-path-port.ts';
import { agentPort, agentUser } from '../../domain/protocol/protocol.ts';
import { GuardedProgram } from './guarded-program.ts';

/** A port of this machine's 127.0.0.1 that leads to the far end. */
export interface Forward {
  readonly port: number;
}

/** How peers are called. */
export interface PeerSettings {
  /** Flags of kubectl that say which cluster, and as whom. */
  readonly kubectlFlags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens a forward; each program that it starts is pushed to `started` at once, so that whoever gives up can end it.
 * @throws TunnelError `TUNNEL_LOST` with what the program said
 */
export type OpenForward = (target: BenchTarget, settings: PeerSettings, started: GuardedProgram[]) => Promise<Forward>;

/** `kubectl port-forward` to the pod that serves. */
export const openPortForward: OpenForward = (target, settings, started) => forwardTo(target.port, target, settings, started);

/** `ssh -L` through a `kubectl port-forward` to the SSH server of the agent in that pod: what there is of ssh in a pod of ours. */
export const openSshForward: OpenForward = async (target, settings, started) => {
  const agent = await forwardTo(agentPort, target, settings, started);
  const port = await freePort();
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'ExitOnForwardFailure=yes',
    // A fresh key at the end of our own port-forward, and nothing but test bytes go there.
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'PermitLocalCommand=yes',
    'LocalCommand=echo inpod-bench-is-up',
  ].flatMap((option) => ['-o', option]);
  const forwarding = ['-N', '-L', `127.0.0.1:${port}:127.0.0.1:${target.port}`, '-p', String(agent.port), `${agentUser}@127.0.0.1`];
  const ssh = new GuardedProgram({
    argv: ['ssh', '-F', 'none', ...options, ...forwarding],
    environment: settings.environment,
    key: target.clientPrivateKey,
  });
  started.push(ssh);
  await ssh.said(/inpod-bench-is-up/);
  return { port };
};

async function forwardTo(
  podPort: number,
  { podName }: BenchTarget,
  { kubectlFlags, environment }: PeerSettings,
  started: GuardedProgram[],
): Promise<Forward> {
  const argv = ['kubectl', ...kubectlFlags, 'port-forward', `pod/${podName}`, `:${podPort}`, '--address', '127.0.0.1'];
  const kubectl = new GuardedProgram({ argv, environment });
  started.push(kubectl);
  const [, port] = await kubectl.said(/Forwarding from 127\.0\.0\.1:(\d+)/);
  return { port: Number(port) };
}

/** One that nobody has at the moment: ssh takes no 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
