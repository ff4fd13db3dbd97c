import { expect, it } from 'vitest';
import { pcapFileHeader, pcapRecord } from '../../../../src/domain/netstack/device/pcap-writer.ts';

const hex = (bytes: Uint8Array, ...sizes: readonly number[]) =>
  sizes
    .map((size, i) =>
      [...bytes.subarray(sum(sizes.slice(0, i)), sum(sizes.slice(0, i)) + size)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    )
    .join(' ');
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

it('begins a file of raw IP packets', () => {
  expect(hex(pcapFileHeader(65_535), 4, 2, 2, 4, 4, 4, 4)).toBe('d4c3b2a1 0200 0400 00000000 00000000 ffff0000 65000000');
});

it('writes time, both lengths and the packet', () => {
  expect(hex(pcapRecord(1001.5, Uint8Array.of(0x45, 0, 7)), 4, 4, 4, 4, 3)).toBe('01000000 dc050000 03000000 03000000 450007');
});
