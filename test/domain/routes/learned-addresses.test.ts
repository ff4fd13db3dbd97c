import { describe, expect, it } from 'vitest';
import { IpAddress, ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { LearnedAddresses } from '../../../src/domain/routes/learned-addresses.ts';

const address = ip('203.0.113.5');
const numbered = (i: number): IpAddress => IpAddress.fromBytes(Uint8Array.of(10, i >> 16, (i >> 8) & 0xff, i & 0xff))!;

describe('LearnedAddresses', () => {
  it.each([
    [5, 600_000],
    [600, 600_000],
    [3600, 3_600_000],
    [0, 600_000],
  ])('remembers a TTL of %i s for %i ms', (ttlSeconds, untilMs) => {
    const learned = new LearnedAddresses();
    learned.learn(address, ttlSeconds, instant(1000));
    expect(learned.has(address, instant(1000 + untilMs - 1))).toBe(true);
    expect(learned.has(address, instant(1000 + untilMs))).toBe(false);
  });

  it('remembers longer when it is learnt again, and never shorter', () => {
    const learned = new LearnedAddresses();
    learned.learn(address, 3600, instant(0));
    learned.learn(address, 5, instant(1000));
    expect(learned.has(address, instant(3_599_999))).toBe(true);
    learned.learn(address, 3600, instant(3_000_000));
    expect(learned.has(address, instant(6_599_999))).toBe(true);
  });

  it('knows IPv6 addresses by value, and no others', () => {
    const learned = new LearnedAddresses();
    learned.learn(ip('2001:db8::1'), 5, instant(0));
    expect(learned.has(ip('2001:0DB8:0::1'), instant(1))).toBe(true);
    expect(learned.has(ip('2001:db8::2'), instant(1))).toBe(false);
  });

  it('forgets the oldest of more than ten thousand', () => {
    const learned = new LearnedAddresses();
    for (let i = 0; i < 10_000; i++) learned.learn(numbered(i), 5, instant(i));
    learned.learn(numbered(0), 5, instant(10_000));
    learned.learn(numbered(10_000), 5, instant(10_001));
    const known = [0, 1, 2, 10_000].map((i) => learned.has(numbered(i), instant(10_002)));
    expect(known).toEqual([true, false, true, true]);
  });

  describe('while flows use an address', () => {
    it('remembers it, and ten minutes more after the last of them', () => {
      const learned = new LearnedAddresses();
      learned.learn(address, 5, instant(0), 'db.example');
      learned.beginUse(address);
      learned.beginUse(address);
      learned.endUse(address, instant(1000));
      expect(learned.has(address, instant(9_000_000))).toBe(true);
      learned.endUse(address, instant(9_000_000));
      expect(learned.has(address, instant(9_599_999))).toBe(true);
      expect(learned.nameOf(address)).toBe('db.example');
      expect(learned.has(address, instant(9_600_000))).toBe(false);
    });

    it('doesn’t forget it for others', () => {
      const learned = new LearnedAddresses();
      learned.learn(address, 5, instant(0));
      learned.beginUse(address);
      for (let i = 0; i <= 10_000; i++) learned.learn(numbered(i), 5, instant(i));
      expect(learned.has(address, instant(10_001))).toBe(true);
    });
  });
});
