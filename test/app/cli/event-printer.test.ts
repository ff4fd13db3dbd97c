import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { EventPrinter, type PrinterOptions } from '../../../src/app/cli/event-printer.ts';
import { SessionTraffic } from '../../../src/domain/session/session-traffic.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { byteSize, duration } from '../../../src/app/cli/printable.ts';

const identity = { context: 'kind-test', cluster: 'test', server: 'https://10.0.0.1:6443', kubeNamespace: 'shop', user: 'teammate' };
const things = ['child', 'tunnel', 'lease, pod and secret'] as const;

/** A run with all kinds of events. */
const events: readonly SessionEvent[] = [
  { kind: 'session-repaired', sessionId: 'old12', detail: 'removed inpod-old12' },
  {
    kind: 'session-opening',
    sessionId: 'k3x9q',
    podName: 'web-k3x9q',
    identity,
    image: 'node:24-slim',
    backend: 'tun',
    backendReason: 'Linux with user namespaces',
  },
  { kind: 'step-done', step: 'plan', detail: '9 rights', tookMs: 42.4 },
  { kind: 'pod-progress', step: 'scheduled', detail: 'node-1' },
  { kind: 'pod-progress', step: 'pulling', detail: 'node:24-slim' },
  { kind: 'environment-made', podVariables: 12, withheld: ['NODE_OPTIONS', 'JAVA_HOME'], excluded: ['AWS_KEY'] },
  { kind: 'child-starting', command: 'curl -s http://web', podName: 'web-k3x9q', sinceStartMs: 790 },
  { kind: 'child-started', command: 'curl -s http://web', pid: 4711, podName: 'web-k3x9q', sinceStartMs: 795 },
  { kind: 'link-lost', reason: 'silent for 15 s', limitMs: 300_000, brokenConnections: 2 },
  { kind: 'link-restored', afterMs: 4210, attempts: 3 },
  { kind: 'warning', code: 'FORBIDDEN', message: 'nodes may not be listed', hint: 'use --also-proxy' },
  { kind: 'range-found', cidr: '10.244.7.0/24', source: 'Node b' },
  { kind: 'name-answered', name: 'web.shop.svc.cluster.local', type: 'A', by: 'cluster', outcome: 'found', tookMs: 12.4 },
  { kind: 'name-answered', name: 'wiki.office.example', type: 'AAAA', by: 'laptop', outcome: 'no-such-record', tookMs: 30 },
  { kind: 'name-answered', name: 'nobody.example', type: 'A', by: 'nobody', outcome: 'failed', tookMs: 10_000 },
  { kind: 'names-untold', count: 12 },
  { kind: 'address-beside', name: 'db.cloud.example', address: '198.51.100.10' },
  { kind: 'child-exited', exit: { signal: 15 } },
  {
    kind: 'traffic',
    traffic: {
      outbound: { connections: 3, sentBytes: 1200, receivedBytes: 5_320_000 },
      inbound: { connections: 1, sentBytes: 40, receivedBytes: 0 },
      datagrams: { sent: 2, received: 1 },
      slowestDial: { target: 'web.shop:80', tookMs: 31.2, outcome: 'connected' },
    },
  },
  { kind: 'releasing', things },
  { kind: 'release-waits', things: ['lease, pod and secret'] },
  { kind: 'left-behind', objects: ['lease inpod-k3x9q'], reason: 'API unreachable', hint: 'inpod restore k3x9q' },
  { kind: 'released', tookMs: 1234 },
];

function printed(options: Partial<PrinterOptions>, given: readonly SessionEvent[] = events): string {
  let out = '';
  const printer = new EventPrinter({
    output: 'text',
    verbose: false,
    isTerminal: false,
    write: (text) => (out += text),
    elapsedMs: () => 812.3,
    ...options,
  });
  for (const event of given) printer.event(event);
  return out;
}

describe('what a run says', () => {
  it('is little in the normal case, first cluster, namespace and user', () => {
    const normal = events.filter((event) =>
      ['session-opening', 'step-done', 'child-starting', 'child-started', 'child-exited', 'traffic', 'releasing', 'released'].includes(
        event.kind,
      ),
    );
    expect(printed({}, normal)).toBe(
      'inpod: cluster test, namespace shop, user teammate\ninpod: pod web-k3x9q after 790 ms; running curl -s http://web\n',
    );
  });

  it('is what the user must know', () => {
    expect(printed({})).toMatchInlineSnapshot(`
      "inpod: repaired the dead session old12: removed inpod-old12
      inpod: cluster test, namespace shop, user teammate
      inpod: pod pulling: node:24-slim
      inpod: withheld, since they name files of the image: NODE_OPTIONS JAVA_HOME
      inpod: pod web-k3x9q after 790 ms; running curl -s http://web
      inpod: lost the link to the pod: silent for 15 s; 2 open connections broke; trying again for 5 min
      inpod: the link to the pod is back after 4.2 s
      inpod: nodes may not be listed (FORBIDDEN)
      hint: use --also-proxy
      inpod: still releasing lease, pod and secret
      inpod: left behind: lease inpod-k3x9q: API unreachable
      hint: inpod restore k3x9q
      "
    `);
  });

  it('is one line a step with -v', () => {
    expect(printed({ verbose: true })).toMatchInlineSnapshot(`
      "inpod: [  812 ms] repaired the dead session old12: removed inpod-old12
      inpod: [  812 ms] cluster test, namespace shop, user teammate
                        context kind-test, server https://10.0.0.1:6443
                        session k3x9q, pod web-k3x9q, image node:24-slim
                        backend tun: Linux with user namespaces
      inpod: [  812 ms] plan: 9 rights (42 ms)
      inpod: [  812 ms] pod scheduled: node-1
      inpod: [  812 ms] pod pulling: node:24-slim
      inpod: [  812 ms] 12 variables of the pod; withheld, since they name files of the image: NODE_OPTIONS JAVA_HOME; excluded: AWS_KEY
      inpod: [  812 ms] pod web-k3x9q after 790 ms; running curl -s http://web
      inpod: [  812 ms] lost the link to the pod: silent for 15 s; 2 open connections broke; trying again for 5 min
      inpod: [  812 ms] the link to the pod is back after 4.2 s
      inpod: [  812 ms] nodes may not be listed (FORBIDDEN)
      hint: use --also-proxy
      inpod: [  812 ms] 10.244.7.0/24 is the cluster's too (Node b)
      inpod: [  812 ms] name web.shop.svc.cluster.local A: by the cluster's resolver (12 ms)
      inpod: [  812 ms] name wiki.office.example AAAA: no such record, by this machine's resolver (30 ms)
      inpod: [  812 ms] name nobody.example A: neither the cluster nor this machine answers (10 s)
      inpod: [  812 ms] 12 more names were answered than could be told
      inpod: [  812 ms] the cluster has db.cloud.example at 198.51.100.10, which is reached from this machine
      inpod: [  812 ms] the command died of signal 15
      inpod: [  812 ms] connections from the command: 3; by them it sent 1.2 kB, received 5.3 MB
                        connections to the command: 1; by them it sent 40 B, received 0 B
                        datagrams: 2 sent, 1 received
                        slowest dial: web.shop:80, connected after 31 ms
      inpod: [  812 ms] releasing child; tunnel; lease, pod and secret
      inpod: [  812 ms] still releasing lease, pod and secret
      inpod: [  812 ms] left behind: lease inpod-k3x9q: API unreachable
      hint: inpod restore k3x9q
      inpod: [  812 ms] everything released (1.2 s)
      "
    `);
  });

  it('is with -v that nothing flowed, where nothing did', () => {
    const traffic = new SessionTraffic(new FakeClock()).summary();
    expect(printed({ verbose: true }, [{ kind: 'traffic', traffic }])).toBe('inpod: [  812 ms] nothing flowed\n');
  });

  it('is one object a line with -o json', () => {
    const lines = printed({ output: 'json' }).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events.map((event) => ({ elapsedMs: 812, ...event })));
  });

  it('goes back to the margin of a raw terminal', () => {
    expect(printed({ isTerminal: true }, events.slice(0, 1))).toBe('\rinpod: repaired the dead session old12: removed inpod-old12\r\n');
  });

  it('is nothing about an ordinary environment', () => {
    expect(printed({}, [{ kind: 'environment-made', podVariables: 3, withheld: [], excluded: ['A'] }])).toBe('');
  });
});

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [4210, '4.2 s'],
  [15_000, '15 s'],
  [300_000, '5 min'],
])('%f ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [5_320_000, '5.3 MB'],
  [2e15, '2000 TB'],
])('%i bytes are %s', (count, text) => {
  expect(byteSize(count)).toBe(text);
});
