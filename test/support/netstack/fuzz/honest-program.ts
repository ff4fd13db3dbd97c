import { buildSegment, buildUdp, readSegment, type RawPacket } from '../raw-packet.ts';

const source = '10.199.77.66';

/** Where the honest program connects to and sends datagrams; nobody else does. */
export const honestServer = '203.0.113.233';

/** A program that does everything right, beside others that don't: one connection that stays, and one datagram at a time, both echoed. */
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
    const [synAck] = this.#say('S', new Uint8Array(0));
    if (synAck?.flags !== 'SA') throw new RangeError(`the honest SYN was answered by ${synAck?.flags}`);
    this.#seq++;
    this.#ack = synAck.seq + 1;
    this.#say('A', new Uint8Array(0));
  }

  /** Sends bytes and a datagram. Throws where they don't come back. */
  exchange(): void {
    const text = Buffer.from(`honest ${this.#count++}`);
    const answers = this.#say('PA', text);
    this.#seq = (this.#seq + text.length) >>> 0;
    const echoed = Buffer.concat(answers.map(({ payload }) => payload)).toString();
    if (echoed !== text.toString())
      throw new RangeError(`the honest connection got ${JSON.stringify(echoed)}, flags ${answers.map(({ flags }) => flags).join()}`);
    this.#ack = (this.#ack + text.length) >>> 0;
    this.#say('A', new Uint8Array(0));
    this.#heard = [];
    this.#ingest(buildUdp(source, honestServer, [7777, 7], text));
    const datagram = this.#heard.find(({ protocol }) => protocol === 17)?.payload.subarray(8);
    if (!datagram || Buffer.compare(datagram, text) !== 0) throw new RangeError('the honest datagram was not echoed');
  }

  #say(flags: string, payload: Uint8Array) {
    this.#heard = [];
    this.#ingest(
      buildSegment(source, honestServer, { sourcePort: 7777, destinationPort: 7, seq: this.#seq, ack: this.#ack, flags, payload }),
    );
    return this.#heard.filter(({ protocol }) => protocol === 6).map(readSegment);
  }
}
