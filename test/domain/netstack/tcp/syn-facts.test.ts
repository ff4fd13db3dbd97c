import { expect, it } from 'vitest';
import { effectiveMss, framePayloadLimit, windowShiftFor } from '../../../../src/domain/netstack/tcp/syn-facts.ts';

const offering = (mss: number | undefined) => ({ mss, windowShift: undefined, sackPermitted: false });

it.each([
  ['none over IPv4', 4, 1500, undefined, 536],
  ['none over IPv6', 6, 1500, undefined, 1220],
  ['what fits', 4, 1500, 1400, 1400],
  ['more than the MTU', 6, 1500, 9000, 1440],
  ['next to nothing', 4, 1500, 0, 64],
  ["Linux's over the TUN", 4, 65_520, 65_480, 65_480],
] as const)('an MSS of %s', (_name, version, mtu, mss, expected) => expect(effectiveMss(version, mtu, offering(mss))).toBe(expected));

it.each([
  [4, 1460, false, 1460],
  [4, 1460, true, 64_240],
  [4, 65_480, true, 65_480],
  [6, 65_460, true, 65_460],
] as const)('a frame over IPv%i of MSS %i, offload %s, holds %i bytes', (version, mss, offload, expected) =>
  expect(framePayloadLimit(version, mss, offload)).toBe(expected),
);

it.each([
  [1, 0],
  [65_535, 0],
  [65_536, 1],
  [1_048_576, 5],
  [2 ** 31 - 1, 14],
])('a window of %i takes a shift of %i', (window, shift) => expect(windowShiftFor(window)).toBe(shift));
