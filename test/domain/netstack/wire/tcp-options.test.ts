import { expect, it } from 'vitest';
import { parseSynOptions } from '../../../../src/domain/netstack/wire/tcp-options.ts';

it.each([
  ['what Linux sends', [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7], { mss: 1460, windowShift: 7 }],
  ['none', [], { mss: undefined, windowShift: undefined }],
  ['a shift beyond 14', [3, 3, 200], { mss: undefined, windowShift: 14 }],
  ['end of list', [0, 2, 4, 5, 180], { mss: undefined, windowShift: undefined }],
  ['an MSS of wrong length', [2, 3, 5, 3, 3, 2], { mss: undefined, windowShift: 2 }],
  ['a length of 0', [9, 0, 2, 4, 5, 180], { mss: undefined, windowShift: undefined }],
  ['one that does not fit', [2, 4, 5], { mss: undefined, windowShift: undefined }],
  ['a kind alone', [1, 1, 2], { mss: undefined, windowShift: undefined }],
])('%s', (_name, bytes, expected) => expect(parseSynOptions(Uint8Array.from(bytes), 0, bytes.length)).toEqual(expected));
