import { beforeEach, describe, expect, it } from 'vitest';
import { untilReady, type ReadinessTask } from '../../../src/adapters/sshuttle/readiness.ts';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../../src/domain/errno-error.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { AcceptChannel } from '../../../src/domain/ports/listener.ts';
import type { TunnelWarning } from '../../../src/domain/ports/tunnel-port.ts';
import { abortable, deferred } from '../../../src/domain/promises.ts';
import type { TableRoute } from '../../../src/domain/routes/proc-route-table.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { memoryChannelPair } from '../../fakes/memory-channel.ts';

const proof = '127.9.8.7';
const never = new AbortController().signal;

/** What a connection to the pod's address comes to. */
type Way = 'to the pod' | 'to somebody else' | 'refused' | 'nowhere';

describe('whether sshuttle is ready', () => {
  let clock: FakeClock;
  let way: Way;
  let answer: (name: string) => Promise<readonly string[]>;
  let asked: string[];
  let dials: number;
  let listening: Map<number, AcceptChannel>;
  let warnings: TunnelWarning[];
  let routes: readonly TableRoute[];
  let task: ReadinessTask;

  beforeEach(() => {
    clock = new FakeClock();
    way = 'to the pod';
    answer = async () => [proof];
    asked = [];
    dials = 0;
    listening = new Map();
    warnings = [];
    routes = [];
    task = {
      pod: {
        listen: async (_scope, port, accept) => {
          listening.set(port, accept);
          return { port, close: async () => void listening.delete(port) };
        },
      },
      address: ip('10.244.3.17'),
      nameServer: { port: 5353, proof },
      domain: 'shop.svc.cluster.local',
      begun: Promise.resolve(),
      warn: (warning) => warnings.push(warning),
      words: () => 'Connected to server.',
    };
  });

  const dial = async ({ port }: { port: number }, signal: AbortSignal): Promise<ByteChannel> => {
    dials++;
    if (way === 'refused') throw new ErrnoError('ECONNREFUSED', 'refused');
    if (way === 'nowhere') return abortable(new Promise<ByteChannel>(() => undefined), signal);
    const [near, far] = memoryChannelPair();
    if (way === 'to the pod') listening.get(port)?.(far);
    else far.write(Uint8Array.from({ length: 16 }));
    return near;
  };
  const ready = (signal = never): Promise<void> => {
    const parts = {
      clock,
      network: { dial, listen: () => Promise.reject(new Error('not here')), routes: async () => routes },
      lookUp: (name: string) => (asked.push(name), answer(name)),
      nameServers: async () => ['10.99.0.53'],
    };
    return untilReady(parts, task, signal);
  };
  const unknown = (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));
  const route = (interfaceName: string): TableRoute => ({ cidr: '192.0.2.0/24', interfaceName });

  it('takes a connection to the pod and three names in a row, other ones each time, and leaves nothing', async () => {
    await clock.runUntilDone(ready());
    expect([dials, new Set(asked).size, warnings]).toEqual([1, 3, []]);
    for (const name of asked) expect(name).toMatch(/^hellotelepresence-\d+$/);
    expect([listening.size, clock.sleeping]).toEqual([0, 0]);
  });

  it('begins when sshuttle does its own: a password may be typed as slowly as sudo allows', async () => {
    const begun = deferred<void>();
    task = { ...task, begun: begun.promise };
    way = 'nowhere';
    const waiting = ready();
    await clock.advance(240_000);
    expect(dials).toBe(0);
    begun.resolve();
    await clock.advance(25_000);
    way = 'to the pod';
    await clock.runUntilDone(waiting);
  });

  it('waits for a password no longer than whoever waits for it', async () => {
    const end = new AbortController();
    task = { ...task, begun: new Promise<void>(() => undefined) };
    const waiting = ready(end.signal);
    end.abort(new Error('sshuttle ended'));
    await expect(waiting).rejects.toThrow('sshuttle ended');
  });

  it.each<[Way]>([['nowhere'], ['refused'], ['to somebody else']])(
    'says that the tunnel fails where connections lead %s',
    async (where) => {
      way = where;
      await expect(clock.runUntilDone(ready())).rejects.toMatchObject({
        code: 'TUNNEL_FAILED',
        message: "sshuttle's tunnel doesn't work: no connection came through it in 30 s; it said: Connected to server.",
        hint: expect.stringContaining('--backend tun'),
      });
      expect(asked).toEqual([]);
      expect(clock.now()).toBeLessThan(36_000);
      expect([listening.size, clock.sleeping]).toEqual([0, 0]);
    },
  );

  it('goes on trying, for longer each time, until a connection comes through', async () => {
    way = 'nowhere';
    const waiting = ready();
    await clock.advance(5000);
    const early = dials;
    await clock.advance(20_000);
    expect(early).toBeGreaterThan(4);
    expect(dials - early).toBeLessThan(8);
    way = 'to the pod';
    await clock.runUntilDone(waiting);
  });

  it.each<[string, () => Promise<readonly string[]>, RegExp]>([
    ['nobody answers', () => new Promise(() => undefined), /this machine's resolver \(10\.99\.0\.53\) didn't answer/],
    ['nobody knows them', unknown, /didn't know the name that is asked for to see/],
    ['an office answers everything', async () => ['192.0.2.80'], /had another's answer \(192\.0\.2\.80\)/],
  ])('says that names fail, apart from the tunnel, where %s', async (_what, answering, message) => {
    answer = answering;
    routes = [route('eth0'), route('wg0'), route('wg0')];
    await expect(clock.runUntilDone(ready())).rejects.toMatchObject({
      code: 'TUNNEL_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('a VPN may take the questions: wg0;'),
    });
    expect(clock.now()).toBeLessThan(26_000);
    expect(clock.sleeping).toBe(0);
  });

  it('says that it works but for names', async () => {
    answer = unknown;
    await expect(clock.runUntilDone(ready())).rejects.toThrow("sshuttle's tunnel works, but names don't come through it: in 20 s");
  });

  it('names another session’s answer', async () => {
    answer = async () => ['127.1.2.3'];
    await expect(clock.runUntilDone(ready())).rejects.toMatchObject({ hint: expect.stringMatching(/^another session's sshuttle answers/) });
  });

  it('takes no three that aren’t in a row: resolvers that are asked in turn differ', async () => {
    const outcomes = [true, true, false, true, true, true];
    answer = async () => ((outcomes[asked.length - 1] ?? true) ? [proof] : ['192.0.2.80']);
    await clock.runUntilDone(ready());
    expect(asked).toHaveLength(6);
  });

  it('warns where whole names work alone', async () => {
    answer = (name) => (name.endsWith('.shop.svc.cluster.local') ? Promise.resolve([proof]) : unknown());
    await clock.runUntilDone(ready());
    expect(warnings).toEqual([
      {
        code: 'DNS_FAILED',
        message: "this machine's resolver (10.99.0.53) doesn't look up names of a single label",
        hint: 'write names with their namespace: web.shop rather than web',
      },
    ]);
  });

  it('warns of nothing where single labels work after all', async () => {
    answer = (name) => (asked.length > 4 && !name.includes('.') ? Promise.resolve([proof]) : unknown());
    await clock.runUntilDone(ready());
    expect([warnings, asked.filter((name) => name.includes('.')).length]).toEqual([[], 1]);
  });

  it('has no such way out where the pod has no domain', async () => {
    answer = (name) => (name.includes('.') ? Promise.resolve([proof]) : unknown());
    task = { ...task, domain: undefined };
    await expect(clock.runUntilDone(ready())).rejects.toMatchObject({ code: 'TUNNEL_FAILED' });
  });

  it('ends at once with whoever waits, in its midst', async () => {
    answer = () => new Promise(() => undefined);
    const end = new AbortController();
    const waiting = ready(end.signal);
    await clock.advance(1000);
    end.abort(new Error('enough'));
    await expect(clock.runUntilDone(waiting)).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });
});
