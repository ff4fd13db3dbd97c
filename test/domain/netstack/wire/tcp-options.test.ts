import { expect, it } from 'vitest';
import { emitTcpOptions, parseSynOptions, tcpOptionsBytes } from '../../../../src/domain/netstack/wire/tcp-options.ts';

it.each([
  ['what Linux sends', [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7], { mss: 1460, windowShift: 7, sackPermitted: true }],
  ['none', [], { mss: undefined, windowShift: undefined, sackPermitted: false }],
  ['a shift beyond 14', [3, 3, 200], { mss: undefined, windowShift: 14, sackPermitted: false }],
  ['end of list', [0, 2, 4, 5, 180], { mss: undefined, windowShift: undefined, sackPermitted: false }],
  ['an MSS of wrong length', [2, 3, 5, 3, 3, 2], { mss: undefined, windowShift: 2, sackPermitted: false }],
  ['a length of 0', [9, 0, 2, 4, 5, 180], { mss: undefined, windowShift: undefined, sackPermitted: false }],
  ['one that does not fit', [2, 4, 5], { mss: undefined, windowShift: undefined, sackPermitted: false }],
  ['a kind alone', [1, 1, 2], { mss: undefined, windowShift: undefined, sackPermitted: false }],
])('%s', (_name, bytes, expected) => expect(parseSynOptions(Uint8Array.from(bytes), 0, bytes.length)).toEqual(expected));

it('writes selective acknowledgements padded to words', () => {
  const options = { mss: undefined, windowShift: undefined, sackPermitted: false, sackEdges: [-1, 2, 256, 65_536] };
  const bytes = new Uint8Array(tcpOptionsBytes(options));
  emitTcpOptions(bytes, 0, options);
  expect([...bytes]).toEqual([1, 1, 5, 18, 255, 255, 255, 255, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0]);
});
