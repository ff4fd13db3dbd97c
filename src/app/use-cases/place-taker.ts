import type { Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { TunnelLease } from '../../domain/ports/tunnel-port.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import { ClusterError } from '../../domain/errors.ts';
import { deferred, type Deferred } from '../../domain/promises.ts';
import { atMost } from './at-most.ts';
import type { HeldWorkload } from './held-workload.ts';
import { persist, uninterrupted } from './persist.ts';
import type { PodPortDialler, PodTraffic } from './pod-traffic.ts';
import type { Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';

/** What taking a place needs. */
export interface PlaceTakerParts {
  readonly opening: Opening;
  readonly workloads: Workloads;
  readonly workload: HeldWorkload;
  readonly link: SustainedLink;
  readonly tunnel: Pick<TunnelLease, 'listening'>;
  readonly traffic: PodTraffic;
  /** The workload is at 0 already. */
  readonly scaledFirst: boolean;
}

/** The kernel tells nobody when a socket begins to listen. */
const lookMs = 100;

/** A signal waits for requests under way, but not for long ones. */
const quiesceLimitMs = 1000;

/** After a signal that the process survives, connections are held no longer. */
const heldLimitMs = 3000;

/** What comes to the former pods can't be seen from here, as it can at the session's pod: they serve on for longer than loaded nodes were seen to lag. */
const formerDrains = 3;

/** Who goes on connecting to a pod that left its Services isn't waited for without end. */
const maxDrains = 10;

const nobodyServes = new ErrnoError('ECONNREFUSED', 'neither the command nor the workload serves');

/**
 * Takes a workload's place without a gap, and gives it back so: whoever leaves goes on serving until the next one is routed.
 * Before: the workload serves. After `end`: it serves again, and the pod is out of its Services.
 */
export class PlaceTaker {
  readonly #parts: PlaceTakerParts;
  readonly #stop = new AbortController();
  readonly #failed = deferred<Error>();
  #taking: Promise<void> = Promise.resolve();
  #isAnnounced = false;
  /** Settles when the place can't be taken. Never rejects. */
  readonly failed = this.#failed.promise;

  constructor(parts: PlaceTakerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#taking = this.#take().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#failed.resolve(error instanceof Error ? error : new Error(String(error)));
    });
  }

  /** The process has ended: new connections wait for the workload, which comes back meanwhile, where the two can stand side by side. */
  async end(): Promise<void> {
    const { workload, traffic } = this.#parts;
    const successor = deferred<PodPortDialler>();
    traffic.handOver(successor.promise);
    this.#stop.abort();
    await this.#taking;
    const outcome = await workload.giveBack();
    try {
      if (outcome === 'left-alone' || !this.#isExpected) successor.reject(nobodyServes);
      else await this.#leave(successor);
    } catch (error) {
      successor.reject(error);
      this.#tellUnlessGone(error);
    }
  }

  /** Whether the Services lead to the pod, and will to the workload. What can't stand beside it would keep it waiting. */
  get #isExpected(): boolean {
    const { workload, scaledFirst } = this.#parts;
    return this.#isAnnounced && !scaledFirst && workload.replicas > 0;
  }

  /** As soon as the workload serves. */
  async #leave(successor: Deferred<PodPortDialler>): Promise<void> {
    const { opening, workloads } = this.#parts;
    const addresses = await this.#untilServed();
    if (addresses.length === 0) return successor.reject(nobodyServes);
    successor.resolve(this.#dialler(addresses));
    const { clock } = opening.parts;
    const limitMs = opening.plan.timings.releaseLimitMs;
    await persist((signal) => workloads.withdrawPod(opening.plan.podName, signal), { clock, limitMs });
    await this.#untilQuiet();
  }

  /** The workload has its place in any case: requests that fail meanwhile are no reason to call the release failed. Where the pod is gone, there is nothing to leave. */
  #tellUnlessGone(error: unknown): void {
    const { opening, workload } = this.#parts;
    if (!(error instanceof ClusterError)) throw error;
    if (error.code === 'NOT_FOUND') return;
    const message = `whether ${workload.name} serves again couldn't be seen, and requests may have failed: ${error.message}`;
    opening.parts.events({ kind: 'warning', code: error.code, message, hint: error.hint });
  }

  /** Lets the process end what it has begun before a signal ends it: new connections wait, for the process or for who comes after it. */
  async quiesce(): Promise<void> {
    const { opening, traffic } = this.#parts;
    const { clock } = opening.parts;
    await atMost(clock, quiesceLimitMs, traffic.hold());
    // A process that lives on has them back.
    void clock.sleep(heldLimitMs, this.#stop.signal).then(
      () => traffic.resume(),
      () => undefined,
    );
  }

  /**
   * Nodes may lag behind the EndpointSlices, and thousands of connections that were held take their time on a busy machine: as long as some come, or
   * come to their end, the pod carries them on. One that is open and idle isn't waited for.
   */
  async #untilQuiet(): Promise<void> {
    const { opening, traffic } = this.#parts;
    const { clock } = opening.parts;
    const { drainMs } = opening.plan.timings;
    const withdrawnAt = clock.now();
    for (const until = withdrawnAt + drainMs * maxDrains; clock.now() < until;) {
      const quietMs = clock.now() - Math.max(traffic.lastChangeAt, withdrawnAt);
      if (quietMs >= drainMs) return;
      await clock.sleep(drainMs - quietMs, uninterrupted());
    }
  }

  async #take(): Promise<void> {
    const { opening, workloads, workload, link, scaledFirst } = this.#parts;
    const { parts, plan } = opening;
    const { clock, events } = parts;
    const signal = this.#stop.signal;
    const startedAt = clock.now();
    if (scaledFirst) void workload.watch(signal);
    await this.#untilListening();
    this.#isAnnounced = true;
    await link.announceServing(signal);
    const services = await persist((abandoned) => workloads.untilRouted(plan.podName, abandoned), {
      clock,
      limitMs: plan.timings.linkLimitMs,
      signal,
    });
    // kube-proxy follows the EndpointSlices by a second or two.
    await clock.sleep(plan.timings.routeSettleMs, signal);
    if (!scaledFirst) await workload.scaleDown('serving-on');
    events({ kind: 'place-taken', workload: workload.name, replicas: workload.replicas, services, afterMs: clock.now() - startedAt });
    if (scaledFirst) return;
    void workload.watch(signal);
    await clock.sleep(plan.timings.drainMs * formerDrains, signal);
    // They go with the session in any case: an API that is away is no reason to end that.
    await persist((abandoned) => workloads.endOrphans(plan.sessionId, abandoned), { clock, limitMs: Infinity, signal });
  }

  async #untilListening(): Promise<void> {
    const { opening, workload, tunnel, scaledFirst } = this.#parts;
    const wanted = opening.plan.inbound.expose.map(({ localPort }) => localPort);
    if (!scaledFirst) opening.parts.events({ kind: 'place-awaited', workload: workload.name, ports: wanted });
    for (;;) {
      const listening = new Set((await tunnel.listening()).map(({ port }) => port));
      if (wanted.every((port) => listening.has(port))) return;
      await opening.parts.clock.sleep(lookMs, this.#stop.signal);
    }
  }

  /** @returns addresses of the workload's pods; none where no Service leads to them, or they don't come in time */
  async #untilServed(): Promise<readonly string[]> {
    const { opening, workloads, workload } = this.#parts;
    const { parts, plan } = opening;
    const limit = new AbortController();
    const tooLate = parts.clock.sleep(plan.timings.workloadReadyMs, limit.signal).then(
      () => limit.abort(),
      () => undefined,
    );
    try {
      const { clock } = parts;
      const limitMs = plan.timings.releaseLimitMs;
      return await persist((signal) => workloads.untilServedWithout(plan.podName, signal), { clock, limitMs, signal: limit.signal });
    } catch (error) {
      if (!limit.signal.aborted) throw error;
      parts.events({
        kind: 'warning',
        code: 'POD_TIMEOUT',
        message: `${workload.name} has its replicas back, but doesn't serve after ${plan.timings.workloadReadyMs / 1000} s: connections fail until it does`,
        hint: `see: kubectl describe -n ${parts.cluster.identity.kubeNamespace} ${workload.name}`,
      });
      return [];
    } finally {
      limit.abort();
      await tooLate;
    }
  }

  #dialler(addresses: readonly string[]): PodPortDialler {
    let turn = 0;
    return (port, signal) => this.#parts.link.dial({ host: addresses[turn++ % addresses.length] ?? '', port }, signal);
  }
}
