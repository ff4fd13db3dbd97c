import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { slowReassembly } from '../../../oracles/reassembly-oracle.ts';
import { buildFragment } from '../../../support/netstack/fragments.ts';
import { buildUdp } from '../../../support/netstack/raw-packet.ts';
import { StackHarness } from '../../../support/netstack/stack-harness.ts';

/** A fragment that is out of line: it overlaps others, with the same bytes or with others, or says that it is the last. */
const stray = fc.record({
  unit: fc.nat(24),
  units: fc.integer({ min: 1, max: 8 }),
  flip: fc.boolean(),
  isLast: fc.boolean(),
});

it.each([4, 6] as const)('IPv%i: any fragments in any order give what the slow oracle gives', (version) => {
  const [source, destination] = version === 4 ? ['10.0.0.2', '192.0.2.7'] : ['fd00::2', '2001:db8::7'];
  const whole = buildUdp(
    source,
    destination,
    [1, 2],
    Uint8Array.from({ length: 192 }, (_, i) => i),
  );
  const ipPayload = whole.subarray(version === 4 ? 20 : 40);
  fc.assert(
    fc.property(fc.shuffledSubarray(cuts(), { minLength: 1 }), fc.array(stray, { maxLength: 2 }), fc.nat(5), (parts, extras, at) => {
      const odd = extras.map(({ unit, units, flip, isLast }) => {
        const bytes = ipPayload.slice(unit * 8, (unit + units) * 8);
        if (flip) bytes[0] = (bytes[0] ?? 0) ^ 1;
        return { from: unit * 8, more: !isLast || unit === 0, bytes };
      });
      const fragments = parts.map(([from, to]) => ({ from, more: to < 200, bytes: ipPayload.subarray(from, to) })).toSpliced(at, 0, ...odd);
      const harness = new StackHarness();
      const got: Uint8Array[] = [];
      harness.onUdp = (flow) => (flow.onDatagram = (bytes, start, end) => void got.push(Uint8Array.from(bytes.subarray(start, end))));
      const expected = slowReassembly(fragments);
      const frames = fragments.map(({ from, more, bytes }) =>
        buildFragment(whole, { offsetBytes: from, more, payload: bytes, identification: 1 }),
      );
      const { counters } = harness.stack;
      // What follows on a whole datagram begins another one.
      for (const frame of frames) if (counters.datagramsReassembled === 0) harness.exchange(frame);
      expect(counters.datagramsReassembled).toBe(expected instanceof Uint8Array ? 1 : 0);
      expect(counters.reassemblyConflicts).toBe(expected === 'void' ? 1 : 0);
      // One that ends too early is whole, and no UDP datagram.
      const isDatagram = expected instanceof Uint8Array && expected.length === ipPayload.length;
      if (isDatagram && counters.malformed['bad-checksum'] === 0) expect(got).toEqual([expected.subarray(8)]);
      else expect(got).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/** The whole of the 200 bytes as 10 pieces. */
function cuts(): [number, number][] {
  return Array.from({ length: 10 }, (_, i) => [i * 24, Math.min(200, (i + 1) * 24)] as [number, number]).filter(([from, to]) => to > from);
}
