import { ClusterError } from '../../src/domain/errors.ts';
import type { GivenBack, ScaleDown, Workloads } from '../../src/domain/ports/cluster/workloads.ts';
import { abortable, deferred } from '../../src/domain/promises.ts';
import { taken } from '../../src/domain/workload/swap-decision.ts';
import type { WorkloadFacts, WorkloadHold } from '../../src/domain/workload/workload-facts.ts';
import { describeWorkload } from '../../src/domain/workload/workload-reference.ts';

/** One workload in memory, with one Service; its pods come and go at once. */
export class MemoryWorkloads implements Workloads {
  facts: WorkloadFacts;
  /** Runs as each call begins: throw, or wait, there. */
  script: (call: string) => void | Promise<void> = () => undefined;
  /** Pods of the session that are out of their Services. */
  readonly withdrawn: string[] = [];
  /** Resolves when the workload's pods serve again. */
  serving = deferred<readonly string[]>();

  constructor(facts: Partial<WorkloadFacts> = {}) {
    this.facts = {
      kind: 'Deployment',
      name: 'web',
      replicas: 2,
      heldBy: undefined,
      isEnding: false,
      isRollingOut: false,
      owner: undefined,
      containers: [{ name: 'main', tcpPorts: [8080] }],
      initContainers: ['setup', 'migrate'],
      exclusive: [],
      obstacles: [],
      replicasOwners: [],
      ...facts,
    };
  }

  async readWorkload(): Promise<WorkloadFacts> {
    await this.script('readWorkload');
    return this.facts;
  }

  async markWorkload(hold: WorkloadHold): Promise<void> {
    await this.script('markWorkload');
    if (this.facts.heldBy) throw taken(describeWorkload(hold), this.facts.heldBy);
    this.facts = { ...this.facts, heldBy: hold.mark };
  }

  async scaleDown(_hold: WorkloadHold, how: ScaleDown): Promise<void> {
    await this.script(`scaleDown ${how}`);
    if (!this.facts.heldBy) throw new ClusterError({ code: 'CONFLICT', message: 'it is not ours' });
    this.facts = { ...this.facts, replicas: 0 };
  }

  async endOrphans(): Promise<void> {
    await this.script('endOrphans');
  }

  async untilScaledDown(): Promise<void> {
    await this.script('untilScaledDown');
  }

  async giveBackWorkload(hold: WorkloadHold): Promise<GivenBack> {
    await this.script('giveBackWorkload');
    if (this.facts.heldBy?.lease !== hold.mark.lease) return 'left-alone';
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
