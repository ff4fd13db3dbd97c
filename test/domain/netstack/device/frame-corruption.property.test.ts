import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corruptFrame } from '../../../../src/domain/netstack/device/frame-corruption.ts';
import { seededRandom } from '../../../support/netstack/rough-path.ts';
import { buildSegment, buildUdp, readPacket } from '../../../support/netstack/raw-packet.ts';
import { RecordingHandler, StackHarness } from '../../../support/netstack/stack-harness.ts';

const ends = { 4: ['10.0.0.2', '10.0.0.9'], 6: ['fd00::2', 'fd00::9'] } as const;
const version = fc.constantFrom<4 | 6>(4, 6);
const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
const seed = fc.integer();

/** As the kernel hands a packet over whose checksum it left to the receiver: the field holds the pseudo-header's sum. */
function withOffload(packet: Uint8Array, fieldAt: number, gsoType = 0): Uint8Array {
  const isV4 = packet[0] === 0x45;
  const start = isV4 ? 20 : 40;
  const addresses = packet.subarray(isV4 ? 12 : 8, isV4 ? 20 : 40);
  const bytes = packet.slice();
  const view = new DataView(bytes.buffer);
  let sum = (packet[isV4 ? 9 : 6] ?? 0) + packet.length - start;
  for (let i = 0; i < addresses.length; i += 2) sum += ((addresses[i] ?? 0) << 8) | (addresses[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(start + fieldAt, sum);
  return Uint8Array.from([1, gsoType, 0, 0, 100, 0, start, 0, fieldAt, 0, ...bytes]);
}

/** Random numbers that choose the last byte: of the payload, which no header check sees. */
const lastByte = (): number => 0.999_999;

describe('a corrupted frame', () => {
  it('differs in one bit', () => {
    fc.assert(
      fc.property(version, payload, seed, (of, bytes, start) => {
        const packet = buildUdp(ends[of][0], ends[of][1], [1000, 2000], bytes);
        const frame = packet.slice();
        corruptFrame(frame, false, seededRandom(start));
        const changed = frame.map((byte, i) => byte ^ (packet[i] ?? 0)).filter((byte) => byte !== 0);
        expect(changed).toHaveLength(1);
        expect((changed[0] ?? 0) & ((changed[0] ?? 0) - 1)).toBe(0);
      }),
    );
  });

  it.each([6, 17])('with offload has had its checksum completed, and is verified by who gets it: protocol %i', (protocol) => {
    fc.assert(
      fc.property(version, payload, (of, bytes) => {
        const [source, destination] = ends[of];
        const isTcp = protocol === 6;
        const whole = isTcp
          ? buildSegment(source, destination, { flags: 'A', payload: bytes })
          : buildUdp(source, destination, [1000, 2000], bytes);
        const frame = withOffload(whole, isTcp ? 16 : 6, isTcp ? (of === 4 ? 1 : 4) : 0);
        corruptFrame(frame, true, lastByte);
        expect(() => readPacket(frame.subarray(10))).toThrow('checksum');
        // The flip undone, all is right: the checksum is that of the packet before it.
        frame[frame.length - 1] = bytes.at(-1) ?? 0;
        readPacket(frame.subarray(10));
        expect([...frame.subarray(0, 10)]).toEqual(Array.from({ length: 10 }, () => 0));
      }),
    );
  });

  it('is never taken by the stack for another', () => {
    fc.assert(
      fc.property(version, payload, seed, (of, bytes, start) => {
        const harness = new StackHarness({ virtioHeader: true, mtuBytes: 65_520 });
        const handler = new RecordingHandler();
        harness.onTcp = (pending) => void pending.accept(handler);
        const [source, destination] = ends[of];
        const ingest = (frame: Uint8Array): void => harness.stack.ingest(frame, harness.now);
        ingest(withOffload(buildSegment(source, destination, { flags: 'S', seq: 99 }), 16));
        harness.stack.poll(harness.now);
        const frame = withOffload(
          buildSegment(source, destination, { flags: 'A', seq: 100, ack: 0xfffffff1, payload: bytes }),
          16,
          of === 4 ? 1 : 4,
        );
        corruptFrame(frame, true, seededRandom(start));
        ingest(frame);
        // IPv6 has fields that nobody verifies, and nobody reads: the payload is then as it was.
        if (handler.received.length > 0) expect(handler.received).toEqual([...bytes]);
        if (of === 4) expect(handler.received).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('that would be cut into datagrams stays as it is: no checksum of theirs is there yet', () => {
    const frame = withOffload(buildUdp('10.0.0.2', '10.0.0.9', [1000, 2000], new Uint8Array(250)), 6, 5);
    const before = frame.slice();
    corruptFrame(frame, true, lastByte);
    expect(frame).toEqual(before);
  });
});
