import { ClusterError } from '../../src/domain/errors.ts';
import type { GivenBack, Meddling, ScaleDown, Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import { abortable, deferred } from '../../src/domain/promises.ts';
import { taken } from '../../src/domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold } from '../../src/domain/workload/workload-facts.ts';
import { describeWorkload, type WorkloadReference, type WorkloadTarget } from '../../src/domain/workload/workload-reference.ts';
import { workloadFacts } from '../builders/workload-facts.ts';

/** One workload in memory, with one Service; its pods come and go at once. */
export class MemoryWorkloads implements Workloads {
  facts: WorkloadFacts;
  isGone = false;
  /** Runs as each call begins: throw, or wait, there. */
  script: (call: string) => void | Promise<void> = () => undefined;
  /** Pods of the session that are out of their Services. */
  readonly withdrawn: string[] = [];
  /** Resolves when somebody else touches it. */
  meddled = deferred<Meddling>();
  /** Resolves when the workload's pods serve again. */
  serving = deferred<readonly string[]>();

  constructor(facts: Partial<WorkloadFacts> = {}) {
    this.facts = workloadFacts(facts);
  }

  resolveWorkload({ name }: WorkloadTarget): Promise<WorkloadReference> {
    return Promise.resolve({ kind: this.facts.kind, name });
  }

  async readWorkload(reference: WorkloadReference): Promise<WorkloadFacts> {
    await this.script('readWorkload');
    if (this.isGone) throw notThere(reference);
    return this.facts;
  }

  async markWorkload(hold: WorkloadHold): Promise<void> {
    await this.script('markWorkload');
    const { heldBy, replicas } = this.facts;
    if (heldBy && heldBy.lease !== hold.mark.lease) throw taken(describeWorkload(hold), heldBy);
    if (!heldBy && replicas !== hold.mark.replicas) throw new ClusterError({ code: 'CONFLICT', message: 'it was scaled meanwhile' });
    this.facts = { ...this.facts, heldBy: hold.mark };
  }

  async scaleDown(hold: WorkloadHold, how: ScaleDown): Promise<void> {
    await this.script(`scaleDown ${how}`);
    const isAsLeft = [0, hold.mark.replicas].includes(this.facts.replicas);
    if (this.facts.heldBy?.lease !== hold.mark.lease || !isAsLeft) throw new ClusterError({ code: 'CONFLICT', message: 'it is not ours' });
    this.facts = { ...this.facts, replicas: 0 };
  }

  async endOrphans(): Promise<void> {
    await this.script('endOrphans');
  }

  async untilScaledDown(): Promise<void> {
    await this.script('untilScaledDown');
  }

  async untilMeddled({ name }: WorkloadHold, signal: AbortSignal): Promise<Meddling> {
    if (this.isGone || name !== this.facts.name) return { did: 'deleted' };
    return abortable(this.meddled.promise, signal);
  }

  async giveBackWorkload(hold: WorkloadHold): Promise<GivenBack> {
    await this.script('giveBackWorkload');
    if (this.isGone || this.facts.heldBy?.lease !== hold.mark.lease) return 'left-alone';
    const isOurs = this.facts.replicas === 0;
    this.facts = { ...this.facts, heldBy: undefined, replicas: isOurs ? hold.mark.replicas : this.facts.replicas };
    return isOurs ? 'restored' : 'unmarked';
  }

  async untilRouted(): Promise<readonly string[]> {
    await this.script('untilRouted');
    return [this.facts.name];
  }

  async untilServedWithout(_besides: string, signal: AbortSignal): Promise<readonly string[]> {
    await this.script('untilServedWithout');
    return abortable(this.serving.promise, signal);
  }

  async withdrawPod(podName: string): Promise<void> {
    await this.script('withdrawPod');
    this.withdrawn.push(podName);
  }
}

function notThere(reference: WorkloadReference): ClusterError {
  const message = `there is no ${describeWorkload(reference)} in the namespace`;
  return new ClusterError({ code: 'NOT_FOUND', message, hint: 'the fake has one' });
}
