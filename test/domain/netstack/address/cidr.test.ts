import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../../src/domain/netstack/address/cidr.ts';
import { ip, IpAddress } from '../../../../src/domain/netstack/address/ip-address.ts';

const cidr = (text: string) => Cidr.parse(text) as Cidr;

describe('Cidr', () => {
  it.each([
    ['10.96.1.2/16', '10.96.0.0/16'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['fd00:1::9/48', 'fd00:1::/48'],
    ['::1', '::1/128'],
  ])('%s is %s', (text, canonical) => expect(String(Cidr.parse(text))).toBe(canonical));

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/8 ', '/8', 'x/8'])('%j is none', (text) =>
    expect(Cidr.parse(text)).toBeUndefined(),
  );

  it.each([
    ['10.96.0.0/12', '10.111.255.255', true],
    ['10.96.0.0/12', '10.112.0.0', false],
    ['0.0.0.0/0', '255.1.2.3', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/9', 'fd7f::1', true],
    ['fd00::/9', 'fd80::1', false],
  ])('%s contains %s: %s', (network, address, expected) => expect(cidr(network).contains(ip(address))).toBe(expected));

  it('covers and overlaps', () => {
    expect(cidr('10.0.0.0/8').covers(cidr('10.1.0.0/16'))).toBe(true);
    expect(cidr('10.1.0.0/16').covers(cidr('10.0.0.0/8'))).toBe(false);
    expect(cidr('10.1.0.0/16').overlaps(cidr('10.0.0.0/8'))).toBe(true);
    expect(cidr('10.1.0.0/16').overlaps(cidr('10.2.0.0/16'))).toBe(false);
  });

  it('parse after format is identity, and a network contains its own address', () =>
    fc.assert(
      fc.property(fc.constantFrom(4, 16), fc.infiniteStream(fc.nat(255)), fc.nat(128), (size, stream, length) => {
        const address = IpAddress.fromBytes(Uint8Array.from(stream.take(size))) as IpAddress;
        const network = Cidr.of(address, length % (size * 8 + 1)) as Cidr;
        const again = cidr(String(network));
        expect([again.prefixLength, again.address.bytes]).toEqual([network.prefixLength, network.address.bytes]);
        expect(network.contains(address)).toBe(true);
      }),
    ));
});
