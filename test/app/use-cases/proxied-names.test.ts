import { decode, encode } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProxiedNames } from '../../../src/app/use-cases/proxied-names.ts';
import { ResolverError } from '../../../src/domain/errors.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { LearnedAddresses } from '../../../src/domain/routes/learned-addresses.ts';
import { ProxyName } from '../../../src/domain/routes/proxy-target.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

interface Known {
  readonly address: string;
  readonly ttl: number;
}

/** Knows addresses by their whole names; `silent` doesn't answer. */
class Zone {
  readonly known = new Map<string, readonly Known[]>();
  readonly asked: string[] = [];
  isSilent = false;

  async query(message: Uint8Array): Promise<Uint8Array> {
    const { id = 0, questions = [] } = decode(Buffer.from(message));
    const { name = '', type = 'A' } = questions[0] ?? {};
    this.asked.push(`${name} ${type}`);
    if (this.isSilent) throw new ResolverError({ code: 'DNS_TIMEOUT', message: 'nobody answered' });
    const family = (this.known.get(name) ?? []).filter(({ address }) => address.includes(':') === (type === 'AAAA'));
    const answers = family.map(({ address, ttl }) => ({ type: type as 'A' | 'AAAA', name, ttl, data: address }));
    return encode({ type: 'response', id, flags: this.known.has(name) ? 0 : 3, questions, answers });
  }
}

describe('ProxiedNames', () => {
  let clock: FakeClock;
  let zone: Zone;
  let learned: LearnedAddresses;
  let events: SessionEvent[];
  let ending: AbortController;

  beforeEach(() => {
    [clock, zone, learned, events, ending] = [new FakeClock(), new Zone(), new LearnedAddresses(), [], new AbortController()];
    zone.known.set('db.cloud.example', [
      { address: '198.51.100.10', ttl: 30 },
      { address: '2001:db8::10', ttl: 300 },
    ]);
    zone.known.set('cache.shop.svc', [{ address: '10.96.1.1', ttl: 5 }]);
  });
  afterEach(async () => {
    ending.abort();
    await settle();
    expect(clock.sleeping).toBe(0);
  });

  const follow = (...names: readonly string[]): Promise<void> =>
    new ProxiedNames({
      flag: '--also-proxy',
      resolver: zone,
      resolvConf: { search: ['shop.svc', 'svc'], options: ['ndots:5'] },
      learned,
      clock,
      events: (event) => events.push(event),
      signal: ending.signal,
    }).follow(names.map((name) => ProxyName.parse(name)!));
  const isLearned = (...addresses: readonly string[]): readonly boolean[] =>
    addresses.map((address) => learned.has(ip(address), clock.now()));

  it('knows the addresses before it goes on, of both families, by the search path', async () => {
    await follow('db.cloud.example.', 'cache');
    expect(isLearned('198.51.100.10', '2001:db8::10', '10.96.1.1')).toEqual([true, true, true]);
    expect(learned.nameOf(ip('10.96.1.1'))).toBe('cache');
    expect(zone.asked).not.toContain('cache.svc A');
    expect(events).toEqual([]);
  });

  it('asks for nothing where nothing was asked for', async () => {
    await follow();
    expect(zone.asked).toEqual([]);
  });

  it('asks again when the TTL is over, and has the new addresses too', async () => {
    await follow('db.cloud.example.');
    zone.known.set('db.cloud.example', [{ address: '198.51.100.11', ttl: 3600 }]);
    await clock.advance(29_999);
    expect(isLearned('198.51.100.11')).toEqual([false]);
    await clock.advance(1);
    expect(isLearned('198.51.100.10', '198.51.100.11')).toEqual([true, true]);
    zone.asked.length = 0;
    await clock.advance(60_000);
    expect(zone.asked).toEqual(['db.cloud.example A', 'db.cloud.example AAAA']);
    await clock.advance(540_000);
    expect(isLearned('198.51.100.10', '198.51.100.11')).toEqual([false, true]);
  });

  it('says once that there is no such name, goes on, and finds it when it is there', async () => {
    await follow('later');
    await clock.advance(12_000);
    expect(events).toMatchObject([{ kind: 'warning', code: 'DNS_FAILED', message: expect.stringContaining('--also-proxy later') }]);
    zone.known.set('later.shop.svc', [{ address: '10.96.2.2', ttl: 5 }]);
    await clock.advance(5000);
    expect(isLearned('10.96.2.2')).toEqual([true]);
    zone.known.delete('later.shop.svc');
    await clock.advance(5000);
    expect(events).toHaveLength(2);
  });

  it('goes on where nobody answers', async () => {
    zone.isSilent = true;
    await follow('db.cloud.example.');
    zone.isSilent = false;
    await clock.advance(5000);
    expect(isLearned('198.51.100.10')).toEqual([true]);
  });

  it('lets the start wait for three seconds at most', async () => {
    zone.query = () => new Promise(() => undefined);
    let isOn = false;
    void follow('db.cloud.example.').then(() => (isOn = true));
    await clock.advance(2999);
    expect(isOn).toBe(false);
    await clock.advance(1);
    expect(isOn).toBe(true);
  });
});
