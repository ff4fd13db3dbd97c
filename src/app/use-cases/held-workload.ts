import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { GivenBack, ScaleDown, Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';
import { persist, uninterrupted } from './persist.ts';
import { releaseOrTell } from './release-or-tell.ts';
import type { Opening } from './session-parts.ts';
import { watchHold } from './watch-hold.ts';

/** What holding a workload takes besides the session. */
export interface HeldWorkloadParts {
  readonly opening: Opening;
  readonly workloads: Workloads;
  readonly hold: WorkloadHold;
  /** The session's Lease. */
  readonly owner: LeaseReference;
}

/** A workload that bears this session's mark, until it is given back, once. */
export class HeldWorkload {
  readonly #parts: HeldWorkloadParts;
  #givingBack: Promise<GivenBack> | undefined;

  private constructor(parts: HeldWorkloadParts) {
    this.#parts = parts;
  }

  /** Journal first; gives it back with the rest of the session. @throws ClusterError `WORKLOAD_TAKEN`, `CONFLICT` */
  static async mark(parts: HeldWorkloadParts): Promise<HeldWorkload> {
    const { opening, workloads, hold } = parts;
    const held = new HeldWorkload(parts);
    await opening.journal.append({ kind: 'workload-intended', hold });
    opening.held.push('workload', async () => void (await held.giveBack()));
    await workloads.markWorkload(hold, uninterrupted());
    return held;
  }

  get name(): string {
    return describeWorkload(this.#parts.hold);
  }

  get replicas(): number {
    return this.#parts.hold.mark.replicas;
  }

  /** Tells when somebody undoes `scaleDown`. Never rejects. */
  watch(signal: AbortSignal): Promise<void> {
    return watchHold(this.#parts, signal);
  }

  async scaleDown(how: ScaleDown): Promise<void> {
    const { opening, workloads, hold, owner } = this.#parts;
    const { clock } = opening.parts;
    await persist((signal) => workloads.scaleDown(hold, how, owner, signal), { clock, limitMs: opening.plan.timings.releaseLimitMs });
  }

  /** Replicas and all else as before; later calls join the first. @throws ClusterError; journal and watchdog then know of it */
  giveBack(): Promise<GivenBack> {
    this.#givingBack ??= this.#giveBack();
    return this.#givingBack;
  }

  async #giveBack(): Promise<GivenBack> {
    const { opening, workloads, hold } = this.#parts;
    const { clock, events, cluster } = opening.parts;
    const startedAt = clock.now();
    const outcome = await releaseOrTell(opening, (signal) => workloads.giveBackWorkload(hold, signal), {
      objects: [`${this.name} at 0 instead of ${this.replicas}`],
      hint: `a watchdog goes on trying, and so does the next \`inpod run\` or \`inpod restore\` here; by hand: kubectl scale -n ${cluster.identity.kubeNamespace} ${this.name} --replicas ${this.replicas}`,
    });
    await opening.journal.append({ kind: 'workload-given-back', hold: { kind: hold.kind, name: hold.name } });
    events({ kind: 'workload-given-back', workload: this.name, replicas: this.replicas, outcome, tookMs: clock.now() - startedAt });
    return outcome;
  }
}
