import { buildPacket, buildSegment, buildUdp, readPacket, readSegment, type RawPacket, type RawSegment } from '../raw-packet.ts';

const source = '10.199.77.66';
const nothing = new Uint8Array(0);

/** Where the honest program connects to and sends datagrams; nobody else does. */
export const honestServer = '203.0.113.233';

/**
 * A program that does everything right, beside others that don't: one connection that stays, and one datagram at a time, both echoed.
 * It is strict, for nothing of its own is lost: each byte must come once, in order, and nothing may come unasked.
 */
export class HonestProgram {
  readonly #ingest: (packet: Uint8Array) => void;
  #seq = 0x12345678;
  #ack = 0;
  #heard: RawPacket[] = [];
  #count = 0;

  /** @param ingest - gives a packet to the stack, whose answers come by `heard` before it returns */
  constructor(ingest: (packet: Uint8Array) => void) {
    this.#ingest = ingest;
  }

  /** A packet of the stack. @returns whether it is for this program */
  heard(packet: RawPacket): boolean {
    if (packet.destination !== source) return false;
    this.#heard.push(packet);
    return true;
  }

  /** Opens the connection. Throws where it doesn't come about. */
  open(): void {
    const [synAck] = this.#say('S', nothing);
    if (synAck?.flags !== 'SA') throw new RangeError(`the honest SYN was answered by ${synAck?.flags}`);
    this.#seq++;
    this.#ack = synAck.seq + 1;
    this.#say('A', nothing);
  }

  /** Sends bytes, a datagram, and a segment of no connection. Throws where not just the answers come. */
  exchange(): void {
    const text = Buffer.from(`honest ${this.#count++} `.padEnd((this.#count % 3) * 550 + 20, 'x'));
    const answers = this.#say('PA', text).filter(({ payload }) => payload.length > 0);
    this.#seq = (this.#seq + text.length) >>> 0;
    const echoed = Buffer.concat(answers.map(({ payload }) => payload)).toString();
    if (echoed !== text.toString())
      throw new RangeError(`the honest connection got ${JSON.stringify(echoed)}, flags ${answers.map(({ flags }) => flags).join()}`);
    this.#acknowledge(answers);
    this.#exchangeDatagram(text);
    this.#stray();
  }

  /** Each segment by itself. The first one three times, as of a path that changes the order: two duplicates are no loss yet (RFC 5681 §3.2). */
  #acknowledge(answers: readonly RawSegment[]): void {
    for (const [i, { seq, payload }] of answers.entries()) {
      if (seq !== this.#ack) throw new RangeError(`the honest connection got number ${seq} instead of ${this.#ack}`);
      this.#ack = (this.#ack + payload.length) >>> 0;
      for (let times = i === 0 ? 3 : 1; times > 0; times--) {
        const unasked = this.#say('A', nothing).map(({ flags, seq: from }) => `${flags} ${from}`);
        if (unasked.length > 0) throw new RangeError(`the honest ACK was answered by ${unasked.join(', ')}`);
      }
    }
  }

  /** Behind a datagram's own length the packet may have more (RFC 768 says nothing of it, and it is no part of the datagram). */
  #exchangeDatagram(text: Uint8Array): void {
    this.#heard = [];
    const datagram = readPacket(buildUdp(source, honestServer, [7777, 7], text));
    this.#ingest(buildPacket({ ...datagram, payload: Buffer.concat([datagram.payload, new Uint8Array(this.#count % 4)]) }));
    const echoes = this.#heard.filter(({ protocol }) => protocol === 17);
    const [echo] = echoes;
    if (!echo || echoes.length > 1 || Buffer.compare(echo.payload.subarray(8), text) !== 0)
      throw new RangeError('the honest datagram was not echoed as it was, once');
  }

  /** What belongs to no connection is reset, once (RFC 9293 §3.10.7.1). */
  #stray(): void {
    this.#heard = [];
    this.#ingest(buildSegment(source, honestServer, { sourcePort: 7778, destinationPort: 7, seq: 5, ack: 99, flags: 'A' }));
    const answers = this.#heard.map(readSegment).map(({ flags, seq }) => `${flags} ${seq}`);
    if (answers.join() !== 'R 99') throw new RangeError(`the honest stray segment was answered by ${answers.join(', ') || 'nothing'}`);
  }

  #say(flags: string, payload: Uint8Array): RawSegment[] {
    this.#heard = [];
    this.#ingest(
      buildSegment(source, honestServer, { sourcePort: 7777, destinationPort: 7, seq: this.#seq, ack: this.#ack, flags, payload }),
    );
    return this.#heard.filter(({ protocol }) => protocol === 6).map(readSegment);
  }
}
