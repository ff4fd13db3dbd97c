import { deferred } from '../../src/domain/promises.ts';
import { describeWorkloadHolds, type WorkloadHarness } from '../conformance/workload-holds.suite.ts';
import { MemoryWorkloads } from './memory-workloads.ts';

/** It has one workload at a time. */
class MemoryHarness implements WorkloadHarness {
  readonly #workloads = new MemoryWorkloads();

  setUp(): Promise<MemoryWorkloads> {
    this.#workloads.isGone = true;
    return Promise.resolve(this.#workloads);
  }

  tearDown(): Promise<void> {
    return Promise.resolve();
  }

  makeDeployment(name: string): Promise<void> {
    this.#workloads.isGone = false;
    this.#workloads.facts = { ...new MemoryWorkloads().facts, name };
    this.#workloads.meddled = deferred();
    return Promise.resolve();
  }

  removeDeployment(): Promise<void> {
    this.#workloads.isGone = true;
    return Promise.resolve();
  }

  scale(_name: string, replicas: number): Promise<void> {
    this.#workloads.facts = { ...this.#workloads.facts, replicas };
    this.#workloads.meddled.resolve({ did: 'scaled', by: 'kubectl' });
    return Promise.resolve();
  }
}

describeWorkloadHolds('MemoryWorkloads', new MemoryHarness());
