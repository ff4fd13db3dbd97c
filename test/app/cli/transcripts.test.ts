import { describe, expect, it } from 'vitest';
import { readProbe } from '../../../src/adapters/tun/launcher-probe.ts';
import { EventPrinter } from '../../../src/app/cli/event-printer.ts';
import { exitCodeOfError } from '../../../src/app/cli/exit-code.ts';
import { renderConfig, renderConfigCheck } from '../../../src/app/cli/render-config.ts';
import { renderDoctor } from '../../../src/app/cli/render-doctor.ts';
import { renderStatus } from '../../../src/app/cli/render-status.ts';
import { explainSettings } from '../../../src/app/config/explain-settings.ts';
import { stackLayers } from '../../../src/app/config/layer-stack.ts';
import { resolveSettings } from '../../../src/app/config/merge-settings.ts';
import { examineCluster } from '../../../src/app/use-cases/examine-cluster.ts';
import { examineMachine } from '../../../src/app/use-cases/examine-machine.ts';
import { examineSessions } from '../../../src/app/use-cases/examine-sessions.ts';
import { surveySessions } from '../../../src/app/use-cases/survey-sessions.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { journalCluster } from '../../builders/session-builders.ts';
import { FakeInspection } from '../../fakes/fake-inspection.ts';
import { SessionWorld } from '../use-cases/support/session-world.ts';

/*
 * The files of docs/transcripts, made by the very use cases and renderers that the program has, on fakes. A difference is a change of what users and
 * scripts see: see the README there.
 */

const never = new AbortController().signal;
const identity = { context: 'test', cluster: 'test', server: 'https://cluster.example:6443', kubeNamespace: 'shop', user: 'ann' };

const matchTranscript = (name: string, text: string): Promise<void> =>
  expect(text).toMatchFileSnapshot(`../../../docs/transcripts/${name}.txt`);
const command = (line: string, output: string, exitCode = 0): string =>
  `$ inpod ${line}\n${output}${exitCode === 0 ? '' : `$ echo $?\n${exitCode}\n`}`;

/** What a user's terminal shows of these events, and of the failure that ended them. */
function printed(events: readonly SessionEvent[], error?: unknown): string {
  let text = '';
  const printer = new EventPrinter({
    output: 'text',
    verbose: false,
    isTerminal: false,
    elapsedMs: () => 0,
    write: (lines) => (text += lines),
  });
  for (const event of events) printer.event(event);
  if (error !== undefined) printer.error(error, { logfile: undefined });
  return text;
}

const opening: SessionEvent = {
  kind: 'session-opening', sessionId: 'k3x9q', podName: 'inpod-ann-project-k3x9q', identity, image: 'node:24-slim', backend: 'tun', backendReason: '',
}; // prettier-ignore
const started = (line: string): SessionEvent => ({
  kind: 'child-starting', command: line, podName: 'inpod-ann-project-k3x9q', sinceStartMs: 1900,
}); // prettier-ignore

describe('run', () => {
  it('a first run', async () => {
    const world = new SessionWorld();
    await world.runToEnd();
    const events = world.events.map((event) => (event.kind === 'child-starting' ? started('curl -s http://web') : event));
    await matchTranscript('first-run', command('run -- curl -s http://web', `${printed([opening, ...events])}hello from web\n`));
  });

  it('with a right that is missing', async () => {
    const world = new SessionWorld();
    world.cluster.identity = { ...identity, user: 'viewer' };
    world.cluster.lacks = ({ verb, resource }) => (verb !== 'get' && verb !== 'watch') || resource === 'pods/portforward';
    const error: unknown = await world.runToEnd().catch((reason: unknown) => reason);
    const text = printed([{ ...opening, identity: world.cluster.identity }, ...world.events], error);
    await matchTranscript('missing-right', command('run --as viewer -- ./server', text, exitCodeOfError(error, { command: 'run' })));
  });

  it('that the cluster reaches', async () => {
    const inbound = { expose: [{ localPort: 8080, podPort: 80 }], toPod: [9000], fromPod: [6379], fromHost: [5432], publish: true };
    const events: SessionEvent[] = [
      opening,
      { kind: 'ports-bound', inbound, service: 'web' },
      started('npm start'),
      { kind: 'process-awaited', port: 8080, limitMs: 30_000 },
      { kind: 'port-published', port: 8080, laptopPort: 8080 },
      { kind: 'port-published', port: 9229, laptopPort: 40_001 },
    ];
    const line = 'run --name web --expose 8080:80 --to-pod 9000 --from-pod 6379 --from-host 5432 -- npm start';
    await matchTranscript('expose', command(line, printed(events)));
  });
});

describe('doctor', () => {
  const examine = async (world: SessionWorld, host: FakeInspection): Promise<string> => {
    const { parts, plan } = world;
    const files = ['/opt/inpod/dist/agent.cjs'];
    const resolver = { query: (message: Uint8Array) => Promise.resolve(message) };
    const { image, serviceAccount, inbound } = plan;
    const { tunnel, loadAgentProgram } = parts;
    const findings = await Promise.all([
      examineMachine({ host, files, sessionsFolder: '/home/ann/.local/state/inpod/sessions', resolver, tunnels: [tunnel] }, never),
      examineCluster(
        { locate: () => Promise.resolve(world.cluster), isProtected: () => false, image, serviceAccount, inbound, loadAgentProgram },
        never,
      ),
      examineSessions(parts),
    ]);
    const isFine = findings.flat().every(({ verdict }) => verdict !== 'problem');
    return command('doctor', renderDoctor(findings.flat(), 'text'), isFine ? 0 : 1);
  };

  it('on a good host', async () => {
    const world = new SessionWorld();
    world.cluster.identity = identity;
    await matchTranscript('doctor-good', await examine(world, new FakeInspection()));
  });

  it('on a host that forbids namespaces, with a cluster that is away and a dead session', async () => {
    const [world, host] = [new SessionWorld(), new FakeInspection()];
    host.nodeVersion = '18.20.4';
    world.cluster.identity = identity;
    world.tunnel.probeResult = readProbe(
      '{"usable":false,"step":"write /proc/self/setgroups","errno":"EACCES","setting":"kernel.apparmor_restrict_unprivileged_userns=1"}',
    );
    world.cluster.script = () => {
      throw new ClusterError({
        code: 'API_UNREACHABLE',
        message: "the API server https://cluster.example:6443 can't be reached: connection refused",
        hint: 'is the cluster running? check network and VPN, and whether kubectl gets through: kubectl cluster-info',
      });
    };
    world.journals.put('abcde', [
      { kind: 'session-opened', sessionId: 'abcde', cluster: journalCluster(), owner: world.processes.owner, wallMs: 1 },
    ]);
    await matchTranscript('doctor-forbidding', await examine(world, host));
  });
});

describe('status', () => {
  it('of the living and the dead', async () => {
    const world = new SessionWorld();
    const { journals, processes, clock, cluster } = world;
    cluster.identity = identity;
    cluster.wallMs = clock.wallMs() - 300_000;
    const put = (sessionId: string, pid: number, ageMs: number): void =>
      journals.put(sessionId, [
        {
          kind: 'session-opened',
          sessionId,
          cluster: journalCluster({ kubeNamespace: 'shop' }),
          owner: { ...processes.owner, pid },
          wallMs: clock.wallMs() - ageMs,
        },
      ]);
    processes.alive.add(4711);
    put('k3x9q', 4711, 301_000);
    put('abcde', 4000, 10_800_000);
    const mark = { version: 1, lease: 'inpod-k3x9q', holder: 'ann@laptop', replicas: 2 } as const;
    const hold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] };
    for (const [sessionId, holder] of [['k3x9q', 'ann@laptop'], ['q7m2x', 'bob@desk']] as const) {
      const owner = await cluster.createLease({ name: `inpod-${sessionId}`, sessionId, holder, durationSeconds: sessionId === 'k3x9q' ? 600 : 30, ...(sessionId === 'k3x9q' ? { hold } : {}) }, never);
      const payload = { agentProgram: '', agentPrivateKey: '', clientPublicKey: '' };
      const podName = `inpod-${holder.split('@')[0]}-project-${sessionId}`;
      await cluster.createAgentPod({ podName, sessionId, image: 'i', owner, ports: [], payload }, () => undefined, never);
    } // prettier-ignore
    cluster.budgets.set('k3x9q', ['web']);
    const parts = { journals, processes, clock, locate: () => Promise.resolve(cluster) };
    const all = command('status', renderStatus(await surveySessions(parts, never), 'text'), 1);
    cluster.unreadable = ['leases'];
    cluster.identity = { ...identity, user: 'viewer' };
    journals.texts.clear();
    const asViewer = command('status --as viewer', renderStatus(await surveySessions(parts, never), 'text'));
    await matchTranscript('status', `${all}\n${asViewer}`);
  });
});

describe('config', () => {
  const sources = (text: string, flags = {}): Parameters<typeof stackLayers>[0] => ({
    flags,
    environment: { INPOD_CONFIG_BACKEND: 'tun' },
    cwd: '/home/ann/project',
    home: '/home/ann',
    projectFile: { path: '/home/ann/project/inpod.yaml', text },
  });
  const files = ['/home/ann/project/inpod.yaml'];

  it('check, with problems and without', async () => {
    const wrong =
      'namspace: shop\nbackend: vpn\nalsoProxy: [300.1.1.1/8]\nprofiles:\n  staging:\n    timings: {linkLimitMs: soon}\nyes: true\n';
    const first = command('config check', renderConfigCheck(resolveSettings(sources(wrong)).problems, files, 'text'), 1);
    const second = command('config check', renderConfigCheck(resolveSettings(sources('namespace: shop\n')).problems, files, 'text'));
    await matchTranscript('config-check', `${first}\n${second}`);
  });

  it('show', async () => {
    const text = 'namespace: shop\nenv:\n  DB_PASSWORD: s3cret\ncommand: npm start\nprofiles:\n  staging:\n    context: staging\n';
    const stack = stackLayers(sources(text, { profile: 'staging' }));
    expect(stack.problems).toEqual([]);
    const shown = renderConfig({ profile: stack.profile, files, settings: explainSettings(stack) }, 'text');
    expect(shown).not.toContain('s3cret');
    await matchTranscript('config-show', command('config show --profile staging', shown));
  });
});
