import { randomInt } from 'node:crypto';
import { ErrnoError } from '../../domain/errno-error.ts';
import type { PodPortScope } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { PodServices } from '../../domain/ports/tunnel-port.ts';

/** Above the ports that programs choose, below those that kernels give out; another may have one all the same. */
const ports = { from: 20_000, to: 32_000 } as const;
const tries = 5;

/** Listens on some port of the pod that is free. @throws ErrnoError `EADDRINUSE` where none of a few was */
export async function listenSomewhere(pod: Pick<PodServices, 'listen'>, scope: PodPortScope, accept: AcceptChannel): Promise<Listener> {
  for (let left = tries; ; left--) {
    try {
      return await pod.listen(scope, randomInt(ports.from, ports.to), accept);
    } catch (error) {
      if (!(error instanceof ErrnoError) || left <= 1) throw error;
    }
  }
}
