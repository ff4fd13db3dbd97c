/**
 * An IPv4 or IPv6 address as a value.
 * @see {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.2 | RFC 4291 §2.2}, {@link https://www.rfc-editor.org/rfc/rfc5952 | RFC 5952}
 */
export class IpAddress {
  readonly version: 4 | 6;
  /** Network byte order, 4 or 16 bytes; never written to after construction. */
  readonly bytes: Uint8Array;

  private constructor(version: 4 | 6, bytes: Uint8Array) {
    this.version = version;
    this.bytes = bytes;
  }

  /** Takes a copy of `bytes`, which are 4 or 16 in number. @throws never: any other length is `undefined`. */
  static fromBytes(bytes: Uint8Array): IpAddress | undefined {
    if (bytes.length === 4) return new IpAddress(4, Uint8Array.from(bytes));
    if (bytes.length === 16) return new IpAddress(6, Uint8Array.from(bytes));
    return undefined;
  }

  /** Parses dotted-quad or RFC 4291 text, without zone; `undefined` where it is neither. */
  static parse(text: string): IpAddress | undefined {
    const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
    return bytes && IpAddress.fromBytes(Uint8Array.from(bytes));
  }

  equals(other: IpAddress): boolean {
    return this.compare(other) === 0;
  }

  /** Orders IPv4 before IPv6, then by bytes: negative, 0 or positive. */
  compare(other: IpAddress): number {
    if (this.version !== other.version) return this.version - other.version;
    for (let i = 0; i < this.bytes.length; i++) {
      const difference = (this.bytes[i] ?? 0) - (other.bytes[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  isLoopback(): boolean {
    if (this.version === 4) return this.bytes[0] === 127;
    return this.bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
  }

  /** Canonical text: dotted quad, or RFC 5952 lower-case with the longest run of zeros folded. */
  toString(): string {
    return this.version === 4 ? this.bytes.join('.') : formatIpv6(this.bytes);
  }
}

/** Parses `text` that the program itself wrote. @throws RangeError where it is none: a bug of ours */
export function ip(text: string): IpAddress {
  const address = IpAddress.parse(text);
  if (!address) throw new RangeError(`not an IP address: ${text}`);
  return address;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = mayEndInIpv4 && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (!ipv4) return undefined;
    bytes.push(...ipv4);
  }
  return bytes;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
