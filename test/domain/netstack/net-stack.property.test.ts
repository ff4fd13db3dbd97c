import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildChecked, buildPacket, buildUdp } from '../../support/netstack/raw-packet.ts';
import { RecordingHandler, StackHarness } from '../../support/netstack/stack-harness.ts';

const payload = fc.uint8Array({ maxLength: 80 });

/** An ICMP error about a datagram of the stack, quoted as far as it goes. */
const icmpError = fc.tuple(fc.constantFrom(4, 6), fc.constantFrom(1, 2), fc.nat(60)).map(([version, port, quotedBytes]) => {
  const [source, destination] = version === 4 ? ['10.0.0.2', '10.0.0.1'] : ['fd00::2', 'fd00::1'];
  const quoted = buildUdp(destination, source, [80, port], new Uint8Array(3)).subarray(0, quotedBytes);
  const start = version === 4 ? [3, 3] : [1, 4];
  return buildChecked({ source, destination, protocol: version === 4 ? 1 : 58, payload: Uint8Array.from([...start, 0, 0, 0, 0, 0, 0, ...quoted]) }, 2); // prettier-ignore
});

/** Bytes that get ever deeper: any, any after an IP header, and with a right checksum too. */
const packet = fc.oneof(
  payload,
  fc
    .tuple(fc.constantFrom(4, 6), fc.constantFrom(0, 1, 6, 17, 43, 44, 58, 60), payload, fc.boolean())
    .map(([version, protocol, bytes, isChecked]) => {
      const ends = version === 4 ? { source: '10.0.0.2', destination: '10.0.0.1' } : { source: 'fd00::2', destination: 'fd00::1' };
      const fieldAt = protocol === 6 ? 16 : protocol === 17 ? 6 : 2;
      if (!isChecked || bytes.length < 20) return buildPacket({ ...ends, protocol, payload: bytes });
      const shaped = bytes.slice();
      // Few ports, so that flows meet, a plausible length, and a field of 0.
      shaped.set([0, 1 + ((bytes[1] ?? 0) % 2), 0, 80]);
      shaped.set(protocol === 17 ? [0, bytes.length, 0, 0] : protocol === 6 ? [] : [0, 0], protocol === 17 ? 4 : 2);
      if (protocol === 6) shaped.set([0x50, bytes[13] ?? 0, 0, 9, 0, 0], 12);
      return buildChecked({ ...ends, protocol, payload: shaped }, fieldAt);
    }),
  icmpError,
);
const virtio = fc.uint8Array({ minLength: 10, maxLength: 10 });

function makeHarness(virtioHeader: boolean): StackHarness {
  const harness = new StackHarness({
    virtioHeader,
    limits: { receiveWindowBytes: 500, maxTcpFlows: 3, maxUdpFlows: 2, replyQueueBytes: 4096 },
  });
  let opened = 0;
  harness.onTcp = (pending) => {
    opened++;
    if (opened % 4 === 1) pending.refuse('prohibited');
    else pending.accept(new RecordingHandler())?.write(new Uint8Array(300));
  };
  harness.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void flow.send(bytes.subarray(start, end)));
  return harness;
}

it('takes any bytes, with any device header, and never throws', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(virtio, packet), { maxLength: 25 }), fc.boolean(), (frames, virtioHeader) => {
      const harness = makeHarness(virtioHeader);
      for (const [header, bytes] of frames) {
        harness.stack.ingest(virtioHeader ? Uint8Array.from([...header, ...bytes]) : bytes, harness.now);
        harness.nowMs += 100;
        harness.stack.poll(harness.now);
      }
      harness.stack.close();
    }),
    { numRuns: 300 },
  ));

it('looks at no byte outside the frame: the same frames in other surroundings, or in a larger slot, give the same answers', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(virtio, packet), { maxLength: 15 }), fc.boolean(), (frames, virtioHeader) => {
      const answers = [0x00, 0xff].map((filling) => {
        const harness = makeHarness(virtioHeader);
        for (const [i, [header, packetBytes]] of frames.entries()) {
          const bytes = virtioHeader ? Uint8Array.from([...header, ...packetBytes]) : packetBytes;
          const surroundings = new Uint8Array(bytes.length + 200).fill(filling);
          surroundings.set(bytes, 100);
          if (i % 2 === 0) harness.stack.ingest(surroundings.subarray(100, 100 + bytes.length), harness.now);
          else harness.stack.ingest(surroundings.subarray(100), harness.now, bytes.length);
          harness.stack.poll(harness.now);
          // What was ingested is not needed any more.
          surroundings.fill(filling);
        }
        return { frames: harness.sink.take(), counters: harness.stack.counters };
      });
      expect(answers[0]).toEqual(answers[1]);
    }),
    { numRuns: 300 },
  ));
