import { expect } from 'vitest';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { TcpStream } from '../../../src/domain/netstack/stack-events.ts';
import type { StackLimits } from '../../../src/domain/netstack/stack-limits.ts';
import { buildSegment, readSegment, type RawPacket, type RawSegment } from './raw-packet.ts';
import { RecordingHandler, StackHarness } from './stack-harness.ts';

/** A segment as a script writes it. Flags are words: `'SYN ACK'`. Data are a number of bytes, whose values follow from their sequence numbers. */
export interface ScriptSegment {
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly data?: number;
  readonly mss?: number;
  readonly shift?: number;
  readonly sackPermitted?: boolean;
  /** Blocks: first number, and the one after the last. */
  readonly sack?: readonly (readonly [number, number])[];
}

export interface ScriptOptions {
  readonly version?: 4 | 6;
  readonly limits?: Partial<StackLimits>;
  /** Our initial sequence number. */
  readonly iss?: number;
  readonly mtuBytes?: number;
}

const letters = { FIN: 'F', SYN: 'S', RST: 'R', PSH: 'P', ACK: 'A', URG: 'U' } as const;
const hosts = { 4: { peer: '10.0.0.2', ours: '192.0.2.7' }, 6: { peer: 'fd00::2', ours: '2001:db8::7' } } as const;
export const peerPort = 40_000;
export const ourPort = 80;

/**
 * One conversation as it is told: "send this, expect that". What is sent together is ingested as one batch; the stack is polled after it.
 * Each `expect` is for all that came out since the last. By default the peer's SYN has the number 100 and ours 1000. PSH isn't looked at.
 */
export class SegmentScript {
  readonly harness: StackHarness;
  readonly handler = new RecordingHandler();
  readonly version: 4 | 6;
  stream: TcpStream | undefined;
  #out: RawSegment[] = [];

  /** The scripts of one IP version: what is made of it is a `SegmentScript` over that. */
  static over(version: 4 | 6): typeof SegmentScript {
    return class extends SegmentScript {
      constructor(options: ScriptOptions = {}) {
        super({ version, ...options });
      }
    };
  }

  constructor(options: ScriptOptions = {}) {
    this.version = options.version ?? 4;
    this.harness = new StackHarness({
      randomU32: () => options.iss ?? 1000,
      mtuBytes: options.mtuBytes ?? 1500,
      ...(options.limits && { limits: options.limits }),
    });
  }

  /** Opened by the peer, with numbers 101 and 1001 next. Time has passed as `rttMs` says. */
  static opened(syn: ScriptSegment = {}, options: ScriptOptions & { rttMs?: number } = {}): SegmentScript {
    const script = new this(options).send({ flags: 'SYN', seq: 100, mss: 1000, shift: 0, ...syn }).accept();
    if (options.rttMs !== undefined) script.advance(options.rttMs);
    return script.send({ seq: 101, ack: (options.iss ?? 1000) + 1, window: syn.window ?? 65_535 }).forget();
  }

  send(...segments: readonly ScriptSegment[]): this {
    const { peer, ours } = hosts[this.version];
    return this.#take(this.harness.exchange(...segments.map((segment) => buildSegment(peer, ours, toRaw(segment)))));
  }

  /** Lets time pass, and collects what comes out meanwhile. */
  advance(ms: number): this {
    return this.#take(this.harness.advance(ms));
  }

  /** What came out since the last `expect`, no more and no less; of each segment only what is given is compared. */
  expect(...expected: readonly ScriptSegment[]): this {
    const actual = this.#out.map(fromRaw);
    this.#out = [];
    const shown = actual.map((segment, i) => pick(segment, expected[i] ?? { flags: '', seq: 0, ack: 0, data: 0 }));
    expect(shown).toEqual(expected);
    return this;
  }

  /** Drops what came out since the last `expect`. */
  forget(): this {
    this.#out = [];
    return this;
  }

  /** What the user was told since the last time: `data 5`, `ended`, `closed reset`. */
  expectUser(...lines: readonly string[]): this {
    expect(this.handler.log.splice(0)).toEqual(lines);
    return this;
  }

  /** How many flows the stack has. */
  expectFlows(count: number): this {
    expect(this.harness.stack.flowCount).toBe(count);
    return this;
  }

  accept(): this {
    this.stream = this.harness.pendings.at(-1)?.accept(this.handler);
    return this.#poll();
  }

  connect(): this {
    const { peer, ours } = hosts[this.version];
    this.stream = this.harness.stack.connect({ address: ip(ours), port: ourPort }, { address: ip(peer), port: peerPort }, this.handler);
    return this.#poll();
  }

  write(byteCount: number): this {
    this.stream?.write(new Uint8Array(byteCount));
    return this.#poll();
  }

  consume(byteCount: number): this {
    this.stream?.consumed(byteCount);
    return this.#poll();
  }

  end(): this {
    this.stream?.end();
    return this.#poll();
  }

  reset(): this {
    this.stream?.reset();
    return this.#poll();
  }

  #poll(): this {
    return this.#take(this.harness.poll());
  }

  #take(packets: readonly RawPacket[]): this {
    this.#out.push(...packets.map(readSegment));
    return this;
  }
}

function toRaw(segment: ScriptSegment): Partial<RawSegment> {
  const words = (segment.flags ?? 'ACK').split(' ') as (keyof typeof letters)[];
  const seq = segment.seq ?? 0;
  return {
    flags: words.map((word) => letters[word] ?? '').join(''),
    seq: seq >>> 0,
    ack: (segment.ack ?? 0) >>> 0,
    window: segment.window ?? 65_535,
    sourcePort: peerPort,
    destinationPort: ourPort,
    options: Uint8Array.from(optionBytes(segment)),
    payload: Uint8Array.from({ length: segment.data ?? 0 }, (_, i) => (seq + i) & 255),
  };
}

function optionBytes({ mss, shift, sackPermitted, sack }: ScriptSegment): number[] {
  const bytes: number[] = [];
  if (mss !== undefined) bytes.push(2, 4, mss >> 8, mss & 255);
  if (shift !== undefined) bytes.push(1, 3, 3, shift);
  if (sackPermitted) bytes.push(1, 1, 4, 2);
  if (sack) bytes.push(1, 1, 5, 2 + 8 * sack.length, ...sack.flat().flatMap((edge) => [edge >>> 24, (edge >>> 16) & 255, (edge >>> 8) & 255, edge & 255])); // prettier-ignore
  return bytes;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function fromRaw(raw: RawSegment): ScriptSegment {
  const words = Object.entries(letters).filter(([word, letter]) => word !== 'PSH' && raw.flags.includes(letter));
  const segment: Mutable<ScriptSegment> = {
    flags: words.map(([word]) => word).join(' '),
    seq: raw.seq,
    ack: raw.ack,
    window: raw.window,
    data: raw.payload.length,
    sackPermitted: false,
  };
  const { options } = raw;
  const view = new DataView(options.buffer, options.byteOffset, options.length);
  for (let at = 0; at < options.length && options[at] !== 0; at += options[at] === 1 ? 1 : (options[at + 1] ?? 1)) {
    if (options[at] === 2) segment.mss = view.getUint16(at + 2);
    if (options[at] === 3) segment.shift = options[at + 2] ?? 0;
    if (options[at] === 4) segment.sackPermitted = true;
    if (options[at] === 5) segment.sack = Array.from({ length: ((options[at + 1] ?? 2) - 2) / 8 }, (_, i) => [view.getUint32(at + 2 + 8 * i), view.getUint32(at + 6 + 8 * i)] as const); // prettier-ignore
  }
  return segment;
}

/** What of `segment` has a counterpart in `like`. */
function pick(segment: ScriptSegment, like: ScriptSegment): ScriptSegment {
  return Object.fromEntries(Object.keys(like).map((key) => [key, segment[key as keyof ScriptSegment]]));
}
