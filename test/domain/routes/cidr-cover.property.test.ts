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

/** RFC 1918, and RFC 4193. */
const privateSpace = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map((text) => Cidr.parse(text)!);
/** Anywhere within, mostly at an edge. */
const privateCidr = fc
  .tuple(
    fc.constantFrom(...privateSpace),
    fc.constantFrom('first', 'last', 'any' as const),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.nat(128),
  )
  .map(([whole, where, noise, more]) => {
    const bits = whole.address.bytes.length * 8;
    const host = (byte: number, i: number): number => {
      const free = 8 - Math.min(Math.max(whole.prefixLength - i * 8, 0), 8);
      const mask = (1 << free) - 1;
      return byte | (where === 'first' ? 0 : mask & (where === 'last' ? 0xff : (noise[i] ?? 0)));
    };
    const inside = IpAddress.fromBytes(Uint8Array.from(whole.address.bytes, host))!;
    return Cidr.of(inside, whole.prefixLength + (more % (bits - whole.prefixLength + 1)))!;
  });

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

  it('is minimal: as many networks as a search through all covers of so few addresses finds', () => {
    // 64 addresses, as 10.96.1.0/26: any set of them, by single ones and by networks.
    const few = fc.tuple(fc.nat(63), fc.constantFrom(26, 27, 28, 29, 30, 31, 32, 32, 32));
    fc.assert(
      fc.property(fc.array(few, { maxLength: 40 }), (given) => {
        const input = given.map(([low, prefixLength]) => Cidr.of(address(4, [1, low]), prefixLength)!);
        const isIn = (low: number): boolean => input.some((one) => one.contains(address(4, [1, low])));
        expect(coverCidrs(input)).toHaveLength(fewestNetworks(isIn, 0, 64));
      }),
      { numRuns: 300 },
    );
  });

  it('of private networks is private: nothing of public space is drawn in, up to their very edges', () => {
    fc.assert(
      fc.property(fc.array(privateCidr, { maxLength: 30 }), (input) => {
        for (const one of coverCidrs(input)) expect(privateSpace.some((whole) => whole.covers(one))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves alone the routes of the laptop and the API server that lie right beside the inputs', () => {
    fc.assert(
      fc.property(cidrs, fc.nat(0xffff), (input, at) => {
        const beside = coverCidrs(input)
          .flatMap((one) => neighbours(one))
          .filter((one) => !input.some((other) => other.contains(one)));
        const apiServer = beside[at % Math.max(beside.length, 1)];
        fc.pre(apiServer !== undefined);
        expect(coverCidrs(input).some((one) => one.contains(apiServer))).toBe(false);
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

/** Of the addresses from `start`, so many, by dividing: the fewest networks that hold exactly those that are in. */
function fewestNetworks(isIn: (low: number) => boolean, start: number, count: number): number {
  const all = Array.from({ length: count }, (_, i) => isIn(start + i));
  if (!all.includes(true)) return 0;
  if (!all.includes(false)) return 1;
  return fewestNetworks(isIn, start, count / 2) + fewestNetworks(isIn, start + count / 2, count / 2);
}

/** The addresses just before and just behind a network. */
function neighbours(one: Cidr): readonly IpAddress[] {
  const bits = one.address.bytes.length * 8;
  const first = BigInt(`0x${Buffer.from(one.address.bytes).toString('hex')}`);
  return [first - 1n, first + (1n << BigInt(bits - one.prefixLength))]
    .filter((value) => value >= 0n && value < 1n << BigInt(bits))
    .map((value) => IpAddress.fromBytes(Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex'))!);
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
