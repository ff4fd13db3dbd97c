import { describe, expect, it } from 'vitest';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);

  describe('§3.4, table 6: which segments are acceptable', () => {
    const limits = { receiveWindowBytes: 1000 };
    const ack = { flags: 'ACK', seq: 1001 };
    it.each([
      ['empty, window open, at its start', 0, { seq: 101 }, [], []],
      ['empty, window open, before it', 0, { seq: 100 }, [{ ...ack, ack: 101 }], []],
      ['empty, window open, at its end, which the table has not', 0, { seq: 1101 }, [], []],
      ['empty, window open, beyond it', 0, { seq: 1102 }, [{ ...ack, ack: 101 }], []],
      ['data, window open, at its start', 0, { seq: 101, data: 5 }, [{ ...ack, ack: 106 }], ['data 5']],
      ['data, window open, ending in it', 0, { seq: 99, data: 5 }, [{ ...ack, ack: 104 }], ['data 3']],
      ['data, window open, ending before it', 0, { seq: 96, data: 5 }, [{ ...ack, ack: 101 }], []],
      ['data, window open, longer than it', 0, { seq: 101, data: 1100 }, [{ ...ack, ack: 1101, window: 0 }], ['data 1000']],
      ['data, window open, beyond it', 0, { seq: 1101, data: 5 }, [{ ...ack, ack: 101 }], []],
      ['empty, window closed, at the next number', 1000, { seq: 1101 }, [], []],
      ['empty, window closed, elsewhere', 1000, { seq: 1102 }, [{ ...ack, ack: 1101, window: 0 }], []],
      ['data, window closed', 1000, { seq: 1101, data: 5 }, [{ ...ack, ack: 1101, window: 0 }], []],
    ])('%s', (_name, unread, segment, expected, lines) => {
      const script = Script.opened({}, { limits });
      if (unread > 0) script.send({ seq: 101, ack: 1001, data: unread }).forget().expectUser(`data ${unread}`);
      script
        .send({ ...segment, ack: 1001 })
        .expect(...expected)
        .expectUser(...lines);
    });

    it('an ACK is taken from a segment with a closed window too (§3.10.7.4, first check)', () => {
      Script.opened({}, { limits })
        .send({ seq: 101, ack: 1001, data: 1000 })
        .write(10)
        .forget()
        .send({ seq: 1101, ack: 1011 })
        .advance(1000)
        .expect();
    });
  });

  describe('§3.10.7.4, seventh: text', () => {
    it('is acknowledged once per batch (§3.8.6.3: fewer ACKs than segments)', () => {
      Script.opened()
        .send({ seq: 101, ack: 1001, data: 10 }, { seq: 111, ack: 1001, data: 10 }, { seq: 121, ack: 1001, data: 10 })
        .expect({ flags: 'ACK', ack: 131 });
    });

    it('that overlaps what was kept is passed once', () => {
      const script = Script.opened()
        .send({ seq: 106, ack: 1001, data: 10 }, { seq: 111, ack: 1001, data: 10 }, { seq: 103, ack: 1001, data: 5 })
        .send({ seq: 101, ack: 1001, data: 4 });
      expect(script.handler.received).toEqual(Array.from({ length: 20 }, (_, i) => 101 + i));
    });

    it('carries its ACK on data that go out in the same turn', () => {
      const script = Script.opened();
      script.handler.onData = () => script.stream?.write(new Uint8Array(3));
      script.send({ seq: 101, ack: 1001, data: 5 }).expect({ flags: 'ACK', seq: 1001, ack: 106, data: 3 });
    });
  });

  describe('after a time-out, with some of what was in flight not sent again yet', () => {
    const timedOut = () => Script.opened().write(3000).forget().advance(200).expect({ seq: 1001, data: 1000 });

    it('a pure ACK has the number after all that was ever sent (§3.10.7.4: an older one is outside the window of a peer that has it)', () => {
      timedOut().send({ seq: 101, ack: 1001, data: 5 }).expect({ flags: 'ACK', seq: 4001, ack: 106, data: 0 });
    });

    it('a RST has that number too: the peer may expect it (§3.10.5, RFC 5961 §3.2)', () => {
      timedOut().reset().expect({ flags: 'RST ACK', seq: 4001 });
    });
  });

  describe('§3.8.6.1 a closed window', () => {
    const closed = () => Script.opened().send({ seq: 101, ack: 1001, window: 0 }).write(10).expect();
    const probe = { flags: 'ACK', seq: 1000, ack: 101, data: 0 };

    it('is probed after a retransmission time-out, then ever more seldom (SHLD-29, SHLD-30)', () => {
      closed().advance(199).expect().advance(1).expect(probe).advance(400).expect(probe).advance(799).expect().advance(1).expect(probe);
    });

    it('never times out while the peer answers (MUST-37)', () => {
      const script = closed();
      for (let i = 0; i < 40; i++) script.advance(60_000).send({ seq: 101, ack: 1001, window: 0 });
      script.forget().expectUser().send({ seq: 101, ack: 1001, window: 100 }).expect({ seq: 1001, data: 10 });
    });

    it('leaves no back-off when the window opens: what is lost then is sent again as soon as ever', () => {
      const update = { seq: 101, ack: 1001, window: 65_535 };
      for (const script of [closed(), Script.opened({}, { rttMs: 10 }).send({ seq: 101, ack: 1001, window: 0 }).write(10).forget()]) {
        for (let i = 0; i < 12; i++) script.advance(70_000).send({ seq: 101, ack: 1001, window: 0 });
        script.forget().send(update).expect({ seq: 1001, data: 10 }).advance(1000).expect({ seq: 1001, data: 10 }, { seq: 1001, data: 10 });
      }
    });

    it('gives up on a peer that answers no probe', () => {
      closed().advance(3_600_000).expectUser('closed timed-out').expectFlows(0);
    });

    it('with something in flight is left to the retransmission timer, and probed when that is back', () => {
      Script.opened()
        .write(500)
        .send({ seq: 101, ack: 1001, window: 0 })
        .forget()
        .advance(200)
        .expect()
        .advance(400)
        .expect(probe)
        .send({ seq: 101, ack: 1501, window: 1000 })
        .advance(10_000)
        .expect();
    });

    it('takes an update whose segment is as new as the last, and none that is older (SND.WL1, SND.WL2)', () => {
      closed()
        .send({ seq: 101, ack: 1000, window: 500 })
        .expect()
        .send({ seq: 101, ack: 1001, window: 500 })
        .expect({ seq: 1001, data: 10 });
    });
  });

  describe('§3.8.6.2.1 silly windows, as sender', () => {
    it('holds a sliver back while something is in flight', () => {
      Script.opened({ window: 2500 })
        .write(5000)
        .expect({ data: 1000 }, { data: 1000 })
        .send({ seq: 101, ack: 2001, window: 1500 })
        .expect()
        .send({ seq: 101, ack: 3001, window: 2500 })
        .expect({ seq: 3001, data: 1000 }, { seq: 4001, data: 1000 });
    });

    it('sends what is half the largest window that there was', () => {
      Script.opened({ window: 700 }).write(100).expect({ data: 100 }).write(2000).expect({ seq: 1101, data: 600 });
    });

    it('sends a last sliver at once: there is no Nagle here', () => {
      Script.opened().write(1200).expect({ data: 1000 }, { data: 200 }).write(1).expect({ seq: 2201, data: 1 });
    });

    it('sends into a small window where nothing else would bring an ACK', () => {
      Script.opened().send({ seq: 101, ack: 1001, window: 30 }).write(1000).expect({ data: 30 });
    });
  });

  describe('§3.8.6.2.2 silly windows, as receiver', () => {
    /** Two of what the MTU of 1500 leaves. */
    const step = version === 4 ? 2920 : 2880;
    const full = () =>
      Script.opened({}, { limits: { receiveWindowBytes: 10_000 } })
        .send(
          { seq: 101, ack: 1001, data: 1000 },
          ...Array.from({ length: 9 }, (_, i) => ({ seq: 1101 + 1000 * i, ack: 1001, data: 1000 })),
        )
        .expect({ ack: 10_101, window: 0 });

    it('opens the window by two segments at least', () => {
      full()
        .consume(step - 1)
        .expect()
        .consume(1)
        .expect({ ack: 10_101, window: step })
        .consume(step - 1)
        .expect();
    });

    it('says so in what it sends anyhow only where that is enough', () => {
      full()
        .consume(1000)
        .write(5)
        .expect({ data: 5, window: 0 })
        .consume(step - 1000)
        .expect({ window: step });
    });

    it('opens the window of a small buffer by half of it', () => {
      Script.opened({}, { limits: { receiveWindowBytes: 1000 } })
        .send({ seq: 101, ack: 1001, data: 1000 })
        .expect({ window: 0 })
        .consume(499)
        .expect()
        .consume(1)
        .expect({ window: 500 });
    });
  });

  describe('§3.9.1.4 half-close', () => {
    it('by the peer leaves us to send, for as long as we like', () => {
      Script.opened()
        .send({ flags: 'FIN ACK', seq: 101, ack: 1001 })
        .expect({ ack: 102 })
        .advance(3_600_000)
        .write(2000)
        .expect({ seq: 1001, ack: 102, data: 1000 }, { seq: 2001, data: 1000 });
    });

    it('by us leaves the peer to send, and its window opens as before', () => {
      Script.opened({}, { limits: { receiveWindowBytes: 1000 } })
        .end()
        .send({ seq: 101, ack: 1002, data: 1000 })
        .forget()
        .advance(3_600_000)
        .expect()
        .consume(1000)
        .expect({ flags: 'ACK', seq: 1002, ack: 1101, window: 1000 });
    });

    it('FIN is sent after all data, and again with the last of them', () => {
      Script.opened({ window: 1000 })
        .write(1500)
        .end()
        .expect({ flags: 'ACK', data: 1000 })
        .send({ seq: 101, ack: 2001, window: 1000 })
        .expect({ flags: 'FIN ACK', seq: 2001, data: 500 })
        .advance(200)
        .expect({ flags: 'FIN ACK', seq: 2001, data: 500 })
        .send({ seq: 101, ack: 2501 })
        .advance(400)
        .expect({ flags: 'FIN ACK', seq: 2501, data: 0 });
    });
  });

  describe('§3.10.7.4 an ACK at the right edge of the window', () => {
    const full = () =>
      Script.opened({}, { limits: { receiveWindowBytes: 4000 } })
        .write(500)
        .send({ seq: 1101, ack: 1001, data: 1000 }, { seq: 2101, ack: 1001, data: 1000 }, { seq: 3101, ack: 1001, data: 1000 })
        .forget();

    it('acknowledges: of a peer that has filled it, the first segment lost, no other comes', () => {
      full().send({ seq: 4101, ack: 1501 }).expect().advance(5000).expect();
    });

    it('with RST is outside of it, and passed over', () => {
      full().send({ flags: 'RST', seq: 4101 }).expect().expectUser();
    });

    it('beyond it is answered, and acknowledges nothing', () => {
      full().send({ seq: 4102, ack: 1501 }).expect({ flags: 'ACK', ack: 101 }).advance(200).expect({ seq: 1001, data: 500 });
    });
  });

  describe('deviations', () => {
    it('§3.8.5 urgent data are delivered among the others', () => {
      Script.opened().send({ flags: 'URG ACK', seq: 101, ack: 1001, data: 5 }).expect({ ack: 106 }).expectUser('data 5');
    });

    it('text beyond a FIN, which no peer may send, keeps nobody waiting', () => {
      Script.opened()
        .send({ seq: 106, ack: 1001, data: 10 }, { flags: 'FIN ACK', seq: 106, ack: 1001 }, { seq: 101, ack: 1001, data: 5 })
        .expectUser('data 5', 'data 10', 'ended');
    });
  });
});
