import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ip, IpAddress } from '../../../../src/domain/netstack/address/ip-address.ts';

describe('IpAddress.parse', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is %s', (text, canonical) => expect(IpAddress.parse(text)?.toString()).toBe(canonical));

  it.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', '1.2.3.4 ', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', 'g::', '12345::', '::1%eth0', '1.2.3.4::', '::1.2.3'])(
    '%j is none',
    (text) => expect(IpAddress.parse(text)).toBeUndefined(),
  ); // prettier-ignore
});

describe('IpAddress', () => {
  const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), zeroRuns());

  it('parse after format is identity', () =>
    fc.assert(
      fc.property(bytes, (value) => {
        const address = IpAddress.fromBytes(value);
        expect(IpAddress.parse(String(address))?.bytes).toEqual(value);
      }),
    ));

  it('never throws on text', () => fc.assert(fc.property(fc.string(), (text) => void IpAddress.parse(text))));

  it('orders, compares, and knows loopback', () => {
    expect(ip('10.0.0.1').compare(ip('10.0.0.2'))).toBeLessThan(0);
    expect(ip('255.0.0.0').compare(ip('::'))).toBeLessThan(0);
    expect(ip('::1').equals(ip('0:0::1'))).toBe(true);
    expect(['127.9.9.9', '::1'].map((text) => ip(text).isLoopback())).toEqual([true, true]);
    expect(['128.0.0.1', '::2'].map((text) => ip(text).isLoopback())).toEqual([false, false]);
    expect(() => ip('nonsense')).toThrow(RangeError);
  });

  it('takes a copy, and 4 or 16 bytes only', () => {
    const value = Uint8Array.of(1, 2, 3, 4);
    const address = IpAddress.fromBytes(value);
    value[0] = 9;
    expect(String(address)).toBe('1.2.3.4');
    expect(IpAddress.fromBytes(new Uint8Array(5))).toBeUndefined();
  });
});

/** IPv6 addresses with runs of zero groups, where formatting is hard. */
function zeroRuns(): fc.Arbitrary<Uint8Array> {
  return fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list));
}
