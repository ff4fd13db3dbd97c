import { AppError, ClusterError, HostError } from '../../domain/errors.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import type { TunnelPort, TunnelProbe } from '../../domain/ports/tunnel-port.ts';
import { describeMissingRights, whoGivesRights } from '../../domain/session/required-rights.ts';

/** What examining a plan looks at, side by side; `pod` is the one to be made, or a standing agent's. */
export type Looks = Readonly<Record<'existing' | 'missing' | 'pod' | 'probe', PromiseSettledResult<unknown>>>;

/**
 * What stands in a plan's way, in the order of blame. A namespace that doesn't exist takes all rights, and missing rights what reads and dry run are refused for.
 * @throws what is nobody's fault but a bug's; CancelledError
 */
export function blamed(looks: Looks): readonly AppError[] {
  const [existing, missing, pod, probe] = [looks.existing, looks.missing, looks.pod, looks.probe].map(problemOf);
  if (existing) return [existing];
  const isConsequence = missing !== undefined && pod?.code === 'FORBIDDEN';
  // A kind that isn't there is both: nobody knows what rights it takes.
  const distinct = new Set([missing, isConsequence ? undefined : pod, probe]);
  return [...distinct].filter((problem) => problem !== undefined);
}

function problemOf(result: PromiseSettledResult<unknown>): AppError | undefined {
  if (result.status === 'fulfilled') return undefined;
  const reason: unknown = result.reason;
  if (reason instanceof AppError && reason.code !== 'INVARIANT' && reason.code !== 'CANCELLED') return reason;
  throw reason;
}

/** @throws ClusterError `FORBIDDEN` naming all that is missing */
export function requireRights(missing: readonly RequiredRight[], { user, kubeNamespace }: ClusterIdentity): void {
  if (missing.length === 0) return;
  throw new ClusterError({
    code: 'FORBIDDEN',
    message: `user ${user} is ${describeMissingRights(missing, kubeNamespace)}`,
    hint: whoGivesRights(missing, kubeNamespace),
  });
}

/** @throws HostError `TUN_UNAVAILABLE`, of other backends `BINARY_MISSING` or `NOT_PERMITTED`, with the step that fails, and what to do */
export function requireTunnel(tunnel: TunnelPort, probe: TunnelProbe): void {
  if (probe.usable) return;
  throw new HostError({
    code: tunnel.name === 'tun' ? 'TUN_UNAVAILABLE' : probe.errno === 'EPERM' ? 'NOT_PERMITTED' : 'BINARY_MISSING',
    message: `the backend ${tunnel.name} can't work here: ${probe.reason} (${probe.step}: ${probe.errno})`,
    hint: probe.hint,
    details: { step: probe.step, errno: probe.errno },
  });
}
