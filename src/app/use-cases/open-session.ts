import { ClusterError } from '../../domain/errors.ts';
import { Cidr } from '../../domain/netstack/address/cidr.ts';
import { allDone } from '../../domain/promises.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type { ClientKeys } from '../../domain/ports/link-port.ts';
import type { InheritedDescriptors, TunnelLease } from '../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { withImageVariables } from '../../domain/session/image-variables.ts';
import { coverCidrs } from '../../domain/routes/cidr-cover.ts';
import type { PlannedSwap } from './plan-pod.ts';
import { openInbound } from './open-inbound.ts';
import { openTunnel } from './open-tunnel.ts';
import { PlaceTaker, type PlaceTakerParts } from './place-taker.ts';
import { runStep, type Opening } from './session-parts.ts';
import { prepareSessionPod } from './session-pod.ts';
import { SustainedLink } from './sustained-link.ts';

/** A session that is ready for its child. */
export interface OpenSession {
  readonly podName: string;
  readonly podFacts: PodFacts;
  readonly tunnel: TunnelLease;
  /** Settles when the session can't go on: no link any more, or no tunnel. Never rejects; an ordinary release doesn't settle it. */
  readonly lost: Promise<Error>;
  /** To be awaited before a signal is passed on to the process: what was begun is ended first, within a second. */
  readonly quiesce: (() => Promise<void>) | undefined;
  /** To be called when this process goes on after it was stopped: what was open may be gone. */
  readonly continued: () => void;
}

/** Pauses between tries to dial a lost link again. */
const relinkPauses = { firstPauseMs: 200, longestPauseMs: 5000, tellAfterMs: 2000 };

/**
 * From a validated plan to a tunnel into the cluster. What was acquired is on `unchecked.held`, also when this rejects.
 * @throws AppError of the step that failed
 */
export async function openSession(unchecked: Opening, inherited: InheritedDescriptors): Promise<OpenSession> {
  const { opening, keys, swap, make } = await prepareSessionPod(unchecked);
  const [clusterRanges, { workload, original, losses, explain }] = await allDone([discoverRanges(opening), make()]);
  const link = await openLink(opening, keys);
  const tunnel = await openTunnel(opening, { link, agentHostKey: keys.agentPublicKey, ranges: clusterRanges, inherited });
  const traffic = await openInbound(opening, { link, tunnel });
  const taker = swap && workload && takePlace({ opening, ...swap, workload, link, tunnel, traffic });
  const lost = firstOf([...losses, link.lost, tunnel.lost, ...(taker ? [taker.failed] : [])]).then((loss) =>
    isPodGone(loss) ? explain(loss) : loss,
  );
  return {
    podName: opening.plan.podName,
    podFacts: withOriginal(link.podFacts, original),
    tunnel,
    lost,
    quiesce: taker && (() => taker.quiesce()),
    continued: () => link.doubt(),
  };
}

function withOriginal(podFacts: PodFacts, original: ByteEnvironment | undefined): PodFacts {
  return original ? { ...podFacts, environment: withImageVariables(podFacts.environment, original) } : podFacts;
}

/** Begins before the command is started: it has the place when it listens. */
function takePlace(parts: Omit<PlaceTakerParts, 'scaledFirst'> & Pick<PlannedSwap, 'order'>): PlaceTaker {
  const taker = new PlaceTaker({ ...parts, scaledFirst: parts.order.order === 'scaled-first' });
  parts.opening.held.push('place', () => taker.end());
  taker.start();
  return taker;
}

async function openLink(opening: Opening, keys: ClientKeys): Promise<SustainedLink> {
  const { parts, plan, held, signal } = opening;
  const { links, cluster, clock, events } = parts;
  return runStep(opening, 'link', async () => {
    const timings = { ...relinkPauses, limitMs: plan.timings.linkLimitMs };
    const link = await SustainedLink.open({ links, carrier: cluster.carrierTo(plan.podName), keys, clock, timings, events }, signal);
    held.push('link', () => link.close());
    return [link, `pod ${link.podFacts.addresses.join(', ')}`] as const;
  });
}

async function discoverRanges(opening: Opening): Promise<readonly ClusterRange[]> {
  const { parts, signal } = opening;
  return runStep(opening, 'ranges', async () => {
    const ranges = await parts.cluster.discoverRanges(signal);
    const cover = coverCidrs(ranges.flatMap((range) => Cidr.parse(range.cidr) ?? []));
    const sources = [...new Set(ranges.map((range) => range.source))];
    return [ranges, `${cover.map(String).join(', ')} (${sources.join(', ')})`] as const;
  });
}

function isPodGone(loss: Error): boolean {
  return loss instanceof ClusterError && loss.code === 'POD_GONE';
}

function firstOf(losses: readonly Promise<Error | undefined>[]): Promise<Error> {
  return new Promise((resolve) => {
    for (const lost of losses) void lost.then((error) => error && resolve(error));
  });
}
