import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { examineMachine, isSupportedNode, type MachineParts } from '../../../src/app/use-cases/examine-machine.ts';
import type { Finding } from '../../../src/app/use-cases/finding.ts';
import { CancelledError, ResolverError } from '../../../src/domain/errors.ts';
import { parseDnsQuestion } from '../../../src/domain/dns/dns-message.ts';
import { FakeInspection } from '../../fakes/fake-inspection.ts';
import { MemoryTunnel } from '../../fakes/memory-tunnel.ts';

const never = new AbortController().signal;
const notInstalled = { usable: false, step: 'find torsocks', errno: 'ENOENT', reason: 'not installed', hint: 'install it' } as const;
const forbidden = { usable: false, step: 'unshare', errno: 'EPERM', reason: 'forbidden', hint: 'sysctl' } as const;

describe('examineMachine', () => {
  let host: FakeInspection;
  let tunnel: MemoryTunnel;
  let torsocks: MemoryTunnel;
  let asked: Uint8Array[];
  let parts: MachineParts;

  beforeEach(() => {
    [host, tunnel, torsocks, asked] = [new FakeInspection(), new MemoryTunnel({}), new MemoryTunnel({}), []];
    torsocks.name = 'torsocks';
    torsocks.probeResult = notInstalled;
    const resolver = { query: async (message: Uint8Array) => (asked.push(message), message) };
    parts = { host, tunnels: [tunnel, torsocks], resolver, files: ['/opt/agent.cjs', '/opt/launcher'], sessionsFolder: '/state' };
  });

  const examined = async (): Promise<ReadonlyMap<string, Finding>> =>
    new Map((await examineMachine(parts, never)).map((finding) => [finding.check, finding]));

  it('finds nothing wrong with a good machine, and names what is planned as planned', async () => {
    const verdicts = [...(await examined()).values()].map(({ check, verdict }) => `${check} ${verdict}`);
    expect(verdicts).toEqual([
      'node fine', 'parts fine', 'state fine', 'resolver fine', 'tun fine', 'torsocks notice', 'docker planned',
    ]); // prettier-ignore
    expect(asked.map(parseDnsQuestion)).toEqual([{ name: '', type: 2, dnsClass: 1 }]);
  });

  it.each<[string, () => void, Partial<Finding>]>([
    ['node', () => (host.nodeVersion = '18.0.0'), { verdict: 'problem', summary: 'Node 18.0.0' }],
    ['parts', () => host.missing.add('/opt/launcher'), { verdict: 'problem', summary: 'not built: /opt/launcher', fix: 'npm run build' }],
    [
      'state',
      () => (host.writable = false),
      { verdict: 'problem', summary: "can't write below /state (STATE_UNWRITABLE)", fix: 'make it writable' },
    ],
    ['tun', () => (tunnel.probeResult = { usable: true, notes: ['privileged'] }), { verdict: 'fine', summary: 'works here; privileged' }],
    ['tun', () => (tunnel.probeResult = forbidden), { verdict: 'problem', summary: 'forbidden (unshare: EPERM)', fix: 'sysctl' }],
  ])('%s: %s', async (check, change, finding) => {
    change();
    expect((await examined()).get(check)).toMatchObject(finding);
  });

  it('only notes a backend that does not work where another does', async () => {
    tunnel.probeResult = forbidden;
    torsocks.probeResult = { usable: true, notes: ['/usr/lib/libtorsocks.so'] };
    const found = await examined();
    expect(found.get('tun')).toMatchObject({ verdict: 'notice', fix: 'sysctl' });
    expect(found.get('torsocks')).toMatchObject({ verdict: 'fine' });
  });

  it('only notes a resolver that is silent', async () => {
    const silent = new ResolverError({ code: 'DNS_TIMEOUT', message: 'none of 10.0.0.1 answered' });
    parts = { ...parts, resolver: { query: () => Promise.reject(silent) } };
    expect((await examined()).get('resolver')).toMatchObject({ verdict: 'notice', summary: 'none of 10.0.0.1 answered (DNS_TIMEOUT)' });
  });

  it('is cancelled, and takes a bug for no finding', async () => {
    for (const error of [new CancelledError(), new TypeError('a bug')]) {
      parts = { ...parts, resolver: { query: () => Promise.reject(error) } };
      await expect(examineMachine(parts, never)).rejects.toBe(error);
    }
  });
});

describe('isSupportedNode', () => {
  it.each([
    ['20.18.3', false], ['20.19.0', true], ['21.7.0', false], ['22.11.0', false], ['22.12.0', true], ['23.0.0', true], ['24.1.0', true], ['18.20.0', false],
  ])('%s: %s', (version, supported) => {
    expect(isSupportedNode(version)).toBe(supported);
  }); // prettier-ignore
  it('says what package.json says', () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ engines: { node: '^20.19.0 || >=22.12.0' } });
  });
});
