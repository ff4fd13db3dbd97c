import { describe, expect, it } from 'vitest';
import { examinePlan } from '../../../src/app/use-cases/examine-plan.ts';
import { reportPlan, type PlanReport } from '../../../src/app/use-cases/plan-report.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { SessionPlan } from '../../../src/domain/session/session-plan.ts';
import type { WorkloadFacts } from '../../../src/domain/workload/workload-facts.ts';
import { MemoryWorkloads } from '../../fakes/memory-workloads.ts';
import { SessionWorld } from './support/session-world.ts';

const web = { type: 'deploy', name: 'web', container: undefined } as const;
const signal = new AbortController().signal;

/** What `inpod plan` would say, and what it asked of the cluster. */
async function planned(
  asked: Partial<SessionPlan>,
  facts: Partial<WorkloadFacts> = {},
  arrange: (world: SessionWorld) => void = () => undefined,
): Promise<{ readonly report: PlanReport; readonly calls: readonly string[] }> {
  const world = new SessionWorld(undefined, { podName: 'web-inpod-abcde', ...asked });
  world.cluster.workloads = new MemoryWorkloads(facts);
  arrange(world);
  const { parts, plan } = world;
  const examined = await examinePlan({ parts, plan, signal }, { agentPrivateKey: 'k', clientPublicKey: 'p' });
  const settings = { identity: world.cluster.identity, backendName: 'tun', env: { MINE: 'secret' }, envExclude: ['SKIPPED'] };
  return { report: reportPlan(examined, plan, settings), calls: world.calls };
}

describe('what a swap would do', () => {
  it('is told before and after, with its order, and makes nothing', async () => {
    const { report, calls } = await planned({ swap: web, skipInit: ['migrate'] }, { initContainers: ['setup', 'migrate'] });
    expect(report.workload).toEqual({
      name: 'deployment/web',
      container: 'main',
      as: 'swap',
      replicas: { before: 2, during: 0, after: 2 },
      gap: undefined,
      predecessor: undefined,
      initContainers: { run: ['setup'], skipped: ['migrate'] },
    });
    expect(report.inbound.expose).toEqual([{ localPort: 8080, podPort: 8080 }]);
    expect([report.problems, report.made]).toEqual([[], ['Lease inpod-abcde', 'Pod web-inpod-abcde', 'Secret inpod-abcde']]);
    expect(calls.filter((call) => /create|delete|open|journal|startWatchdog/.test(call))).toEqual([]);
  });

  it('has a gap where it must be scaled first, with why', async () => {
    const { report } = await planned({ swap: web }, { exclusive: ['its strategy is Recreate'] });
    expect(report.workload?.gap).toBe('its strategy is Recreate');
  });

  it('sorts the variables of the template by what becomes of them, and knows no values', async () => {
    const names = ['COLOUR', 'HOME', 'NODE_OPTIONS', 'SKIPPED'];
    const { report } = await planned({ swap: web }, { variables: { main: { names, from: ['Secret keys'] } } });
    expect(report.variables).toEqual({
      passed: ['COLOUR'],
      from: ['Secret keys'],
      keptLocal: ['HOME'],
      withheld: ['NODE_OPTIONS'],
      excluded: ['SKIPPED'],
      own: ['MINE'],
    });
    expect(JSON.stringify(report)).not.toContain('secret');
  });
});

it('a copy changes nothing, and has a Service of its own', async () => {
  const inbound = { expose: [{ localPort: 9000, podPort: 80 }], toPod: [], fromPod: [], fromHost: [], publish: false };
  const { report } = await planned({ copy: web, inbound });
  expect(report.workload).toMatchObject({ as: 'copy', replicas: { before: 2, during: 2, after: 2 } });
  expect(report.made).toContain('Service web-inpod-abcde');
});

describe('problems', () => {
  const forbidden = new ClusterError({ code: 'FORBIDDEN', message: 'may not create pods' });
  const rejected = new ClusterError({ code: 'ADMISSION_REJECTED', message: 'a policy' });
  it.each<[string, (world: SessionWorld) => void, readonly string[]]>([
    ['rights that are missing, but not the dry run that is refused for it', lacking(forbidden), ['FORBIDDEN']],
    ['rights that are missing, and what the dry run found besides', lacking(rejected), ['FORBIDDEN', 'ADMISSION_REJECTED']],
    ['a namespace that doesn’t exist, and nothing that follows from it', withoutNamespace, ['NAMESPACE_NOT_FOUND']],
  ])('are all told: %s', async (_what, arrange, codes) => {
    const { report } = await planned({ swap: web }, {}, arrange);
    expect(report.problems.map(({ code }) => code)).toEqual(codes);
  });

  it('of the workload leave the rest of the plan standing', async () => {
    const { report } = await planned({ swap: { ...web, container: 'nginx' } });
    expect(report.problems).toMatchObject([{ code: 'WORKLOAD_UNSUITABLE', hint: 'it has: main' }]);
    expect([report.workload, report.pod.name]).toEqual([undefined, 'web-inpod-abcde']);
  });
});

function lacking(refusal: ClusterError): (world: SessionWorld) => void {
  return (world) => {
    world.cluster.lacks = ({ resource }) => resource === 'pods';
    world.script = (call) => {
      if (call === 'cluster.dryRunAgentPod') throw refusal;
    };
  };
}

function withoutNamespace(world: SessionWorld): void {
  world.cluster.lacks = () => true;
  world.script = (call) => {
    if (call === 'cluster.requireNamespace') throw new ClusterError({ code: 'NAMESPACE_NOT_FOUND', message: 'no such namespace' });
  };
}
