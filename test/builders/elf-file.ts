/** What an ELF file is to be; without more a program for x86-64 with the usual loader. */
export interface ElfShape {
  readonly bits?: 32 | 64;
  readonly machine?: number;
  readonly isLittleEndian?: boolean;
  /** `undefined`: statically linked. */
  readonly interpreter?: string | undefined;
  readonly noteName?: string;
}

/** A file of a header, its program headers, and what these name. */
export function elfFile(shape: ElfShape): Uint8Array {
  const { bits = 64, machine = 62, isLittleEndian = true, noteName } = shape;
  const interpreter = 'interpreter' in shape ? shape.interpreter : '/lib64/ld-linux-x86-64.so.2';
  const file = Buffer.alloc(1024);
  const put = (value: number, at: number, width: number): void => {
    for (let i = 0; i < width; i++) file[isLittleEndian ? at + i : at + width - 1 - i] = (value / 256 ** i) & 0xff;
  };
  const [headerBytes, entryBytes, width] = bits === 64 ? [64, 56, 8] : [52, 32, 4];
  file.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, isLittleEndian ? 1 : 2, 1]);
  put(machine, 18, 2);
  put(headerBytes, bits === 64 ? 32 : 28, width);
  put(entryBytes, bits === 64 ? 54 : 42, 2);
  put(3, bits === 64 ? 56 : 44, 2);
  let end = headerBytes + 3 * entryBytes;
  const part = (place: number, type: number, content: Uint8Array): void => {
    const at = headerBytes + place * entryBytes;
    put(type, at, 4);
    put(end, at + (bits === 64 ? 8 : 4), width);
    put(content.length, at + (bits === 64 ? 32 : 16), width);
    file.set(content, end);
    end += content.length;
  };
  if (interpreter !== undefined) part(0, 3, Buffer.from(`${interpreter}\0`));
  part(1, 1, Buffer.from('code'));
  if (noteName !== undefined) part(2, 4, noteOf(noteName, isLittleEndian));
  return file.subarray(0, end);
}

/** A note with four bytes of data. */
function noteOf(name: string, isLittleEndian: boolean): Uint8Array {
  const padded = Math.ceil((name.length + 1) / 4) * 4;
  const note = Buffer.alloc(12 + padded + 4);
  const put = (value: number, at: number): void => void (isLittleEndian ? note.writeUInt32LE(value, at) : note.writeUInt32BE(value, at));
  put(noteName(name), 0);
  put(4, 4);
  put(4, 8);
  note.write(name, 12);
  return note;
}

/** Go counts the padding of its name, others don't. */
function noteName(name: string): number {
  return name === 'Go' ? 4 : name.length + 1;
}
