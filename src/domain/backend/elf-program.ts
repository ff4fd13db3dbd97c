/**
 * The little of an ELF file that tells whether a preloaded library hooks its calls.
 * @see {@link https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html | System V ABI, ELF header}, elf(5)
 */
import { decodeUtf8 } from '../protocol/utf8.ts';

/** What a library and a program must have in common for one to be loaded into the other. */
export interface ElfKind {
  readonly bits: 32 | 64;
  /** `e_machine`: 62 is x86-64, 183 AArch64. */
  readonly machine: number;
}

/** Where the program headers are. */
export interface ElfHeader extends ElfKind {
  readonly isLittleEndian: boolean;
  readonly tableOffset: number;
  readonly entryBytes: number;
  readonly entryCount: number;
}

/** A part of the file that a program header names. */
export interface ElfPart {
  readonly kind: 'interpreter' | 'note';
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a file that {@link parseElfHeader} wants. */
export const elfHeaderBytes = 64;

const [typeInterpreter, typeNote] = [3, 4];

/** @returns `undefined` for what is no ELF file. Never throws. */
export function parseElfHeader(head: Uint8Array): ElfHeader | undefined {
  const isElf = head.length >= 52 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
  if (!isElf || (head[4] !== 1 && head[4] !== 2)) return undefined;
  const bits = head[4] === 2 ? 64 : 32;
  const isLittleEndian = head[5] !== 2;
  const read = reader(head, isLittleEndian);
  const [offsetAt, sizeAt] = bits === 64 ? [32, 54] : [28, 42];
  return {
    bits,
    machine: read(18, 2),
    isLittleEndian,
    tableOffset: read(offsetAt, bits / 8),
    entryBytes: read(sizeAt, 2),
    entryCount: read(sizeAt + 2, 2),
  };
}

/** Interpreter and notes among the program headers. @param table - `entryCount` times `entryBytes` bytes, or fewer. Never throws. */
export function parseElfParts(header: ElfHeader, table: Uint8Array): readonly ElfPart[] {
  const read = reader(table, header.isLittleEndian);
  const [offsetAt, lengthAt, width] = header.bits === 64 ? [8, 32, 8] : [4, 16, 4];
  return Array.from({ length: header.entryCount }, (_, i) => i * header.entryBytes).flatMap((at): ElfPart[] => {
    const type = read(at, 4);
    if (type !== typeInterpreter && type !== typeNote) return [];
    const place = { offset: read(at + offsetAt, width), length: read(at + lengthAt, width) };
    return [{ kind: type === typeInterpreter ? 'interpreter' : 'note', ...place }];
  });
}

/** Whether the notes of a program are of Go's linker, whose programs call the kernel themselves, linked with a C library or not. */
export function hasGoNote(notes: Uint8Array, isLittleEndian: boolean): boolean {
  const read = reader(notes, isLittleEndian);
  for (let at = 0; at + 12 <= notes.length;) {
    const [nameBytes, dataBytes] = [read(at, 4), read(at + 4, 4)];
    if (decodeUtf8(notes.subarray(at + 12, at + 12 + nameBytes)) === 'Go\0\0') return true;
    at += 12 + padded(nameBytes) + padded(dataBytes);
  }
  return false;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** Reads unsigned numbers; beyond the end there are zeros. */
function reader(bytes: Uint8Array, isLittleEndian: boolean): (at: number, width: number) => number {
  return (at, width) => {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (bytes[isLittleEndian ? at + width - 1 - i : at + i] ?? 0);
    return value;
  };
}
