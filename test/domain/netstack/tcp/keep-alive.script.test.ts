import { describe, expect, it } from 'vitest';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);

  /** RFC 9293 §3.8.4: the peer of an idle connection is asked by a number that it has acknowledged already. */
  describe('keep-alive (§3.8.4)', () => {
    const limits = { keepAliveIdleMs: 10_000, keepAliveIntervalMs: 1000, keepAliveProbes: 3 };
    const opened = () => Script.opened({}, { limits });
    const probe = { flags: 'ACK', seq: 1000, ack: 101, data: 0 };

    it('is off by default (MUST-24, MUST-25)', () => {
      const script = Script.opened()
        .advance(10 * 3_600_000)
        .expect();
      expect(script.harness.stack.pollAt()).toBeUndefined();
    });

    it('probes an idle peer, which is idle anew with each answer', () => {
      const script = opened().advance(9999).expect().advance(1).expect(probe);
      script.send({ seq: 101, ack: 1001 }).expect().advance(9999).expect().advance(1).expect(probe);
      expect(script.harness.stack.counters.keepAliveProbes).toBe(2);
    });

    it('asks no peer that spoke meanwhile', () => {
      opened()
        .advance(9000)
        .send({ seq: 101, ack: 1001, data: 1 })
        .forget()
        .advance(9999)
        .expect()
        .advance(1)
        .expect({ ...probe, ack: 102 });
    });

    it('gives up only after several probes without answer (MUST-26)', () => {
      opened()
        .advance(12_999)
        .expect(probe, probe, probe)
        .expectUser()
        .advance(1)
        .expect({ flags: 'RST ACK', seq: 1001 })
        .expectUser('closed timed-out')
        .expectFlows(0);
    });

    it('leaves the word to the retransmission timer while something is in flight (MUST-27)', () => {
      opened()
        .advance(9990)
        .write(5)
        .forget()
        .advance(100)
        .expect()
        .send({ seq: 101, ack: 1006 })
        .advance(9999)
        .expect()
        .advance(1)
        .expect({ ...probe, seq: 1005 });
    });

    it('also asks a peer that was left half-closed', () => {
      opened()
        .end()
        .send({ seq: 101, ack: 1002 })
        .forget()
        .advance(10_000)
        .expect({ ...probe, seq: 1001 });
    });
  });
});
