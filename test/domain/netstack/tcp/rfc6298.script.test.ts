import { describe, expect, it } from 'vitest';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);

  describe('RFC 6298', () => {
    it('(2.1): the first time-out is 1 s', () => {
      new Script().send({ flags: 'SYN', seq: 100 }).accept().forget().advance(999).expect().advance(1).expect({ flags: 'SYN ACK' });
    });

    it('(2.2), (2.3): follows the first sample, then the smoothed ones', () => {
      Script.opened({}, { rttMs: 500 })
        .write(10)
        .forget()
        .advance(500)
        .send({ seq: 101, ack: 1011 })
        .write(10)
        .forget()
        // 500 + 4 * 0.75 * 250
        .advance(1249)
        .expect()
        .advance(1)
        .expect({ seq: 1011, data: 10 });
    });

    it('(2.2): a first sample of 500 ms makes 1500', () => {
      Script.opened({}, { rttMs: 500 }).write(10).forget().advance(1499).expect().advance(1).expect({ seq: 1001, data: 10 });
    });

    it('(2.4), with a floor of 200 ms', () => {
      Script.opened().write(10).forget().advance(199).expect().advance(1).expect({ seq: 1001 });
    });

    it('(2.5): is a minute at most', () => {
      const script = Script.opened({}, { limits: { maxRetransmissions: 30 } })
        .write(10)
        .forget()
        .advance(200_000)
        .forget();
      const counters = script.harness.stack.counters;
      const before = counters.segmentsRetransmitted;
      script.advance(600_000);
      expect(counters.segmentsRetransmitted - before).toBe(10);
    });

    it('§3 (Karn): what was sent twice is no sample', () => {
      Script.opened({}, { rttMs: 500 })
        .write(10)
        .advance(1500)
        .send({ seq: 101, ack: 1011 })
        .write(10)
        .forget()
        // As before: an answer after no time, or after 1500 ms, would have changed it.
        .advance(1499)
        .expect()
        .advance(1)
        .expect({ seq: 1011 });
    });

    it('§5, with a deviation: the next ACK of something new ends the back-off', () => {
      Script.opened()
        .write(2000)
        .advance(600)
        .send({ seq: 101, ack: 2001 })
        .forget()
        .advance(199)
        .expect()
        .advance(1)
        .expect({ seq: 2001, data: 1000 });
    });

    it('(5.1): the timer that runs is not started anew by more data', () => {
      Script.opened().write(10).advance(150).write(10).forget().advance(49).expect().advance(1).expect({ seq: 1001, data: 20 });
    });

    it('(5.2): is off when all is acknowledged', () => {
      const script = Script.opened().write(2000).send({ seq: 101, ack: 3001 });
      script.forget().advance(3_600_000).expect();
      expect(script.harness.stack.pollAt()).toBeUndefined();
    });

    it('(5.3): starts anew with an ACK of something new, and with no other', () => {
      Script.opened()
        .write(2000)
        .advance(150)
        .send({ seq: 101, ack: 2001 })
        .forget()
        .advance(100)
        .send({ seq: 101, ack: 2001 })
        .advance(99)
        .expect()
        .advance(1)
        .expect({ seq: 2001, data: 1000 });
    });

    it('(5.4), (5.5), (5.6): the first segment is sent again, after twice the time each time', () => {
      const first = { seq: 1001, data: 1000 };
      Script.opened()
        .write(3000)
        .forget()
        .advance(200)
        .expect(first)
        .advance(399)
        .expect()
        .advance(1)
        .expect(first)
        .advance(799)
        .expect()
        .advance(1)
        .expect(first);
    });

    it('(5.7): is 3 s where the handshake took more than one try', () => {
      new Script()
        .send({ flags: 'SYN', seq: 100 })
        .accept()
        .advance(1000)
        .send({ seq: 101, ack: 1001 })
        .write(10)
        .forget()
        .advance(2999)
        .expect()
        .advance(1)
        .expect({ seq: 1001, data: 10 });
    });
  });
});
