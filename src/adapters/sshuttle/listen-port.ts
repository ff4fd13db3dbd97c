import { randomInt } from 'node:crypto';
import { ErrnoError } from '../../domain/errno-error.ts';
import { TunnelError } from '../../domain/errors.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';

/** Below the ports that kernels give out, and far from those that sshuttle takes by itself (9000 to 12300): its rules bear the port in their names. */
const ports = { from: 20_000, to: 32_000 } as const;
const tries = 20;

/**
 * A port of this machine that is free on all addresses given: another one each time, since one that had connections can't be listened on for a while, and a
 * journal knows each by its number.
 * @param used - those that it was before; this one is added
 * @throws TunnelError `TUNNEL_FAILED` where there is none
 */
export async function chooseListenPort(
  network: Pick<HostNetworkPort, 'listen'>,
  addresses: readonly string[],
  used: Set<number>,
): Promise<number> {
  for (let left = tries; left > 0; left--) {
    const port = randomInt(ports.from, ports.to);
    if (used.has(port) || !(await isFree(network, addresses, port))) continue;
    used.add(port);
    return port;
  }
  throw new TunnelError({ code: 'TUNNEL_FAILED', message: `no free port for sshuttle among ${ports.from} to ${ports.to - 1}` });
}

async function isFree(network: Pick<HostNetworkPort, 'listen'>, addresses: readonly string[], port: number): Promise<boolean> {
  for (const address of addresses) {
    try {
      const listener = await network.listen(address, port, (channel) =>
        channel.reset({ errno: 'ECONNREFUSED', message: 'nobody listens' }),
      );
      await listener.close();
    } catch (error) {
      if (error instanceof ErrnoError) return false;
      throw error;
    }
  }
  return true;
}
