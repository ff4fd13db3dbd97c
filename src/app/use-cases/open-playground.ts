import type { PlaygroundPort, RunningPlayground } from '../../domain/playground/playground-port.ts';
import type { TunnelPort } from '../../domain/ports/tunnel-port.ts';
import { requireTunnel } from './plan-problems.ts';

/**
 * Starts a playground where this machine lets it.
 * @throws HostError `TUN_UNAVAILABLE` with what is forbidden, as a run would; what `PlaygroundPort.start` throws
 */
export async function openPlayground(tunnel: TunnelPort, playground: PlaygroundPort): Promise<RunningPlayground> {
  requireTunnel(tunnel, await tunnel.probe(new AbortController().signal));
  return playground.start();
}
