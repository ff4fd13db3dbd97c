import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { IpAddress } from '../../../src/domain/netstack/address/ip-address.ts';
import { coverCidrs } from '../../../src/domain/routes/cidr-cover.ts';

const address = (version: 4 | 6, bytes: readonly number[]): IpAddress => {
  const prefix = version === 4 ? [10, 96] : [0xfd, 0, ...Array<number>(12).fill(0)];
  return IpAddress.fromBytes(Uint8Array.from([...prefix, ...bytes]))!;
};
const version = fc.constantFrom<4 | 6>(4, 6);
/** Addresses lie close together, so that networks touch and hold each other. */
const nearbyAddress = fc
  .tuple(version, fc.constantFrom(0, 1, 255), fc.nat(255))
  .map(([version, high, low]) => address(version, [high, low]));
const cidr = fc
  .tuple(nearbyAddress, fc.oneof(fc.integer({ min: 0, max: 16 }), fc.nat(3)))
  .map(([one, hostBits]) => Cidr.of(one, one.bytes.length * 8 - hostBits)!);
const cidrs = fc.array(cidr, { maxLength: 20 });

/** The number of addresses of a network, for what is nearby: at most 2^16. */
const size = (one: Cidr): number => 2 ** (one.address.bytes.length * 8 - one.prefixLength);

describe('coverCidrs', () => {
  it('holds an address exactly where an input does', () => {
    fc.assert(
      fc.property(cidrs, fc.array(nearbyAddress, { minLength: 20, maxLength: 50 }), (input, probes) => {
        const cover = coverCidrs(input);
        for (const probe of [...probes, ...input.map((one) => one.address)]) {
          expect(cover.some((one) => one.contains(probe))).toBe(input.some((one) => one.contains(probe)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lies in the inputs, and they in it', () => {
    fc.assert(
      fc.property(cidrs, (input) => {
        const cover = coverCidrs(input);
        for (const one of input) expect(cover.some((whole) => whole.covers(one))).toBe(true);
        for (const one of cover) {
          const parts = disjoint(input.filter((part) => one.covers(part)));
          expect(parts.reduce((sum, part) => sum + size(part), 0)).toBe(size(one));
        }
      }),
    );
  });

  it('touches no network that no input touches: public space, the laptop’s routes, the API server', () => {
    fc.assert(
      fc.property(cidrs, cidr, (input, other) => {
        const touches = (networks: readonly Cidr[]): boolean => networks.some((one) => one.overlaps(other));
        expect(touches(coverCidrs(input))).toBe(touches(input));
      }),
      { numRuns: 500 },
    );
  });

  it('needs as many networks as any cover of the same addresses', () => {
    fc.assert(
      fc.property(cidrs, (input) => {
        // Halves of what there is are another cover of the same: it has no fewer.
        const halved = input.flatMap((one) => halves(one));
        expect(coverCidrs(halved).map(String)).toEqual(coverCidrs(input).map(String));
        expect(coverCidrs(input).length).toBeLessThanOrEqual(Math.min(disjoint(input).length, disjoint(halved).length));
      }),
    );
  });

  it('is in address order, and has no network that another holds or that makes a whole with another', () => {
    fc.assert(
      fc.property(cidrs, (input) => {
        const cover = coverCidrs(input);
        for (const [i, one] of cover.entries()) {
          for (const other of cover.slice(i + 1)) {
            expect(one.overlaps(other)).toBe(false);
            expect(one.address.compare(other.address)).toBeLessThan(0);
            expect(parent(one)).not.toEqual(one.prefixLength === other.prefixLength ? parent(other) : '');
          }
        }
      }),
    );
  });

  it('is the same for its own result, and for any order', () => {
    fc.assert(
      fc.property(cidrs, (input) => {
        const cover = coverCidrs(input).map(String);
        expect(coverCidrs(coverCidrs(input)).map(String)).toEqual(cover);
        expect(coverCidrs(input.toReversed()).map(String)).toEqual(cover);
      }),
    );
  });

  it.each<[input: string[], cover: string[]]>([
    [[], []],
    [['0.0.0.0/1', '128.0.0.0/1'], ['0.0.0.0/0']],
    [['10.0.0.1', '10.0.0.0', '10.0.0.3', '10.0.0.2'], ['10.0.0.0/30']],
    [
      ['10.0.0.1', '10.0.0.2'],
      ['10.0.0.1/32', '10.0.0.2/32'],
    ],
    [
      ['fd00::/64', '10.96.0.0/16', '10.96.3.0/24'],
      ['10.96.0.0/16', 'fd00::/64'],
    ],
  ])('%j is %j', (input, cover) => {
    expect(coverCidrs(input.map((text) => Cidr.parse(text)!)).map(String)).toEqual(cover);
  });
});

/** Networks nest or are apart: those that lie in no other one. */
function disjoint(networks: readonly Cidr[]): readonly Cidr[] {
  const unique = [...new Map(networks.map((one) => [one.toString(), one])).values()];
  return unique.filter((one) => !unique.some((other) => other !== one && other.covers(one)));
}

/** Both, or a single address itself. */
function halves(one: Cidr): readonly Cidr[] {
  const bits = one.address.bytes.length * 8;
  const low = Cidr.of(one.address, one.prefixLength + 1);
  if (!low) return [one];
  const bytes = Uint8Array.from(one.address.bytes);
  bytes[one.prefixLength >> 3] = (bytes[one.prefixLength >> 3] ?? 0) | (0x80 >> (one.prefixLength & 7));
  const high = Cidr.of(IpAddress.fromBytes(bytes)!, Math.min(one.prefixLength + 1, bits))!;
  return [low, high];
}

function parent(one: Cidr): string {
  return Cidr.of(one.address, one.prefixLength - 1)?.toString() ?? 'none';
}
