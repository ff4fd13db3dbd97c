import { describe, expect, it } from 'vitest';
import { decideSwap } from '../../../src/domain/workload/swap-decision.ts';
import type { WorkloadFacts } from '../../../src/domain/workload/workload-facts.ts';
import { workloadFacts } from '../../builders/workload-facts.ts';

const usual = workloadFacts({
  containers: [
    { name: 'main', tcpPorts: [8080, 9090] },
    { name: 'proxy', tcpPorts: [15_001] },
  ],
});
const target = { type: 'deploy', name: 'web', container: undefined } as const;
const held = { version: 1, lease: 'inpod-xyzab', holder: 'bob@desk', replicas: 2 } as const;

describe('how a place is taken', () => {
  it.each<[string, Partial<WorkloadFacts>, object]>([
    ['of a usual Deployment', {}, { order: 'served-first' }],
    ['of one at zero', { replicas: 0 }, { order: 'served-first' }],
    ['of one that shares nothing', { exclusive: ['its strategy is Recreate'] }, { order: 'scaled-first', gap: 'its strategy is Recreate' }],
    ['of one without ports', { containers: [{ name: 'main', tcpPorts: [] }] }, { order: 'scaled-first', gap: 'it names no ports, so nobody can tell when your command is at work: --expose them' }],
    ['of a StatefulSet', { kind: 'StatefulSet', exclusive: ['b'] }, { order: 'scaled-first', gap: "a StatefulSet's pods have names of their own; b" }],
  ])('%s', (_what, facts, order) => {
    expect(decideSwap({ ...usual, ...facts }, target, [])).toMatchObject({ container: 'main', order });
  }); // prettier-ignore

  it.each<[string, Partial<WorkloadFacts>, string, RegExp]>([
    ['held', { heldBy: held }, 'WORKLOAD_TAKEN', /taken by bob@desk \(session xyzab\)/],
    ['being deleted', { isEnding: true }, 'WORKLOAD_UNSUITABLE', /is being deleted/],
    ['owned', { owner: 'Rollout/web' }, 'WORKLOAD_UNSUITABLE', /belongs to Rollout\/web, which would scale it up again/],
    ['rolling out', { isRollingOut: true }, 'WORKLOAD_UNSUITABLE', /is rolling out/],
    ['impossible', { obstacles: ['a', 'b'], hindrances: ['c'] }, 'WORKLOAD_UNSUITABLE', /can't be taken: a; b; c/],
  ])('is refused of one that is %s', (_what, facts, code, message) => {
    expect(() => decideSwap({ ...usual, ...facts }, target, [])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string, hint: expect.any(String) as string }) as Error,
    );
  });

  it('becomes the container that was named, and no other', () => {
    expect(decideSwap(usual, { ...target, container: 'proxy' }, []).container).toBe('proxy');
    expect(() => decideSwap(usual, { ...target, container: 'x' }, [])).toThrow(
      expect.objectContaining({ hint: 'it has: main, proxy' }) as Error,
    );
  });
});

describe("the template's ports", () => {
  it.each([
    ['are exposed by themselves', [], [[8080, 8080], [9090, 9090]]],
    ['yield to a mapping of the same port of the pod', [[3000, 8080]], [[3000, 8080], [9090, 9090]]],
    ['yield to a mapping to the same port of the process', [[9090, 80]], [[9090, 80], [8080, 8080]]],
  ])('%s', (_what, explicit, expected) => {
    const pairs = (list: readonly (readonly number[])[]) => list.map(([localPort = 0, podPort = 0]) => ({ localPort, podPort }));
    expect(decideSwap(usual, target, pairs(explicit)).expose).toEqual(pairs(expected));
  }); // prettier-ignore
});
