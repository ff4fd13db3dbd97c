import { describe, expect, it } from 'vitest';
import { SegmentScript, type ScriptSegment } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);

  const duplicate = { seq: 101, ack: 1001 };
  const segments = (...seqs: readonly number[]) => seqs.map((seq): ScriptSegment => ({ seq, data: 1000 }));

  describe('RFC 5681 §2, §3.2: fast retransmit', () => {
    const flown = () => Script.opened().write(5000).forget();

    it('at the third duplicate ACK, once', () => {
      flown()
        .send(duplicate, duplicate)
        .expect()
        .send(duplicate)
        .expect(...segments(1001))
        .send(duplicate)
        .expect();
    });

    it.each([
      ['with data', { data: 1 }],
      ['with another window', { window: 60_000 }],
      ['of something new', { ack: 2001 }],
    ])('an ACK %s is no duplicate', (_name, change) => {
      flown()
        .send(duplicate, duplicate, { ...duplicate, ...change })
        .forget()
        .advance(100)
        .expect();
    });

    it('is of nothing, where nothing is in flight', () => {
      Script.opened().send(duplicate, duplicate, duplicate, duplicate).expect();
    });

    it('§4.2: as receiver, answers each early segment, and the one that fills the gap', () => {
      Script.opened()
        .send({ seq: 201, ack: 1001, data: 100 }, { seq: 301, ack: 1001, data: 100 }, { seq: 401, ack: 1001, data: 100 })
        .expect({ ack: 101 }, { ack: 101 }, { ack: 101 })
        .send({ seq: 101, ack: 1001, data: 100 })
        .expect({ ack: 501 });
    });
  });

  describe('RFC 5681 §4.2: duplicate ACKs as receiver', () => {
    const early = (i: number) => ({ seq: 201 + 100 * i, ack: 1001, data: 100 });

    it('are four at most for a batch: three are enough for the peer to see the loss', () => {
      Script.opened()
        .send(...Array.from({ length: 10 }, (_, i) => early(i)))
        .expect({ ack: 101 }, { ack: 101 }, { ack: 101 }, { ack: 101 });
    });

    it('go out beside data: the peer may have these already, and then looks at no ACK in them', () => {
      const script = Script.opened();
      script.stream?.write(new Uint8Array(10));
      script
        .send(early(0), early(1))
        .expect({ seq: 1001, ack: 101, data: 10 }, { seq: 1011, ack: 101, data: 0 }, { seq: 1011, ack: 101, data: 0 });
    });
  });

  describe('RFC 6582: recovery without selective acknowledgements', () => {
    it('§3.2 step 3: a partial ACK tells of the next loss, a full one ends the recovery', () => {
      Script.opened()
        .write(5000)
        .send(duplicate, duplicate, duplicate)
        .forget()
        .send({ seq: 101, ack: 3001 })
        .expect(...segments(3001))
        .send({ seq: 101, ack: 6001 })
        .expect()
        .write(5000)
        .expect(...segments(6001, 7001, 8001, 9001, 10_001));
    });

    it('§3.2 step 2: each further duplicate lets a segment go, for one has left', () => {
      // Half of fifteen segments would be less than the ten that a loss leaves here; three have left.
      Script.opened()
        .write(15_000)
        .send(duplicate, duplicate, duplicate)
        .write(5000)
        .forget()
        .send(duplicate, duplicate)
        .expect()
        .send(duplicate)
        .expect(...segments(16_001))
        .send(duplicate)
        .expect(...segments(17_001));
    });

    it('§3.2 step 1: duplicates of what a time-out sent again begin no recovery', () => {
      Script.opened()
        .write(5000)
        .advance(200)
        .forget()
        .send(duplicate, duplicate, duplicate, duplicate)
        .expect()
        .send({ seq: 101, ack: 6001 })
        .write(5000)
        .forget()
        .send(...Array.from({ length: 3 }, () => ({ seq: 101, ack: 6001 })))
        .expect(...segments(6001, 9001, 10_001));
    });
  });

  describe('RFC 2018 as receiver', () => {
    const early = (seq: number, data = 10) => ({ seq, ack: 1001, data });
    const opened = () => Script.opened({ sackPermitted: true });

    it('§2: is offered, and answered only where it was', () => {
      new Script().connect().expect({ sackPermitted: true });
      new Script().send({ flags: 'SYN', seq: 100 }).accept().expect({ sackPermitted: false });
      Script.opened()
        .send(early(201))
        .expect({ ack: 101, sack: undefined as never });
    });

    it('§4: the block of the segment that came last is first, then the others', () => {
      opened()
      .send(early(301))
      .expect({ ack: 101, sack: [[301, 311]] })
      .send(early(201))
      .expect({ ack: 101, sack: [[201, 211], [301, 311]] }) // prettier-ignore
      .send(early(311))
      .expect({ ack: 101, sack: [[301, 321], [201, 211]] }); // prettier-ignore
    });

    it('§3: at most four blocks', () => {
      opened()
      .send(early(201))
      .send(early(301))
      .send(early(401))
      .send(early(501))
      .forget()
      .send(early(601))
      .expect({ ack: 101, sack: [[601, 611], [201, 211], [301, 311], [401, 411]] }); // prettier-ignore
    });

    it('is told by segments without payload only, for a payload may need all the room', () => {
      const mss = version === 4 ? 1460 : 1440;
      const script = Script.opened({ sackPermitted: true, mss });
      script.stream?.write(new Uint8Array(mss));
      script.send(early(201)).expect({ data: mss, sack: undefined as never }, { data: 0, sack: [[201, 211]] });
    });

    it('§4: a block that is acknowledged is told no more', () => {
      opened()
        .send(early(111))
        .send(early(201))
        .forget()
        .send(early(101))
        .expect({ ack: 121, sack: [[201, 211]] });
    });
  });

  describe('RFC 6675 as sender', () => {
    const flown = (count: number) =>
      Script.opened({ sackPermitted: true })
        .write(1000 * count)
        .forget();
    const sack = (...blocks: readonly (readonly [number, number])[]) => ({ ...duplicate, sack: blocks });

    it('§5 (1): begins a recovery with the third ACK that tells of something new', () => {
      flown(6)
        .send(sack([2001, 2501]))
        .send(sack([2001, 3001]))
        .expect()
        .send(sack([2001, 3501]))
        .expect(...segments(1001, 6001));
    });

    it('§2: an ACK that tells nothing new is no duplicate', () => {
      const told = sack([2001, 3001]);
      flown(6).send(told, told, told, told, duplicate, duplicate, duplicate).expect();
    });

    it('§5 (2): begins it with the first, where that tells of more than two segments or three gaps', () => {
      flown(6)
        .send(sack([2001, 4002]))
        .expect(...segments(1001, 6001));
      flown(6)
        .send(sack([2001, 2101], [3001, 3101], [4001, 4101]))
        .expect(...segments(1001), { seq: 2101, data: 900 }, { seq: 3101, data: 900 }, ...segments(6001));
    });

    it('§4 NextSeg (1): sends all that is lost in one round trip, and nothing that arrived', () => {
      flown(10)
        .send(sack([2001, 3001], [4001, 5001], [6001, 11_001]))
        .expect(...segments(1001, 3001, 5001))
        .send(
          {
            seq: 101,
            ack: 3001,
            sack: [
              [4001, 5001],
              [6001, 11_001],
            ],
          },
          { seq: 101, ack: 5001, sack: [[6001, 11_001]] },
          { seq: 101, ack: 11_001 },
        ) // prettier-ignore
        .expect();
    });

    it('§4 NextSeg (2), (3): then what is new, then what may be lost', () => {
      // 1001 is lost. 5001 isn't yet: only one block, of one segment, is above it.
      Script.opened({ sackPermitted: true, window: 10_000 })
        .write(12_000)
        .forget()
        .send({ ...sack([2001, 5001], [6001, 7001]), window: 12_000 })
        .expect(...segments(1001, 11_001, 12_001, 5001));
    });

    it('§4 NextSeg (4): sends the end of what is outstanding once, for nothing above would tell that it is lost', () => {
      flown(5)
        .send(sack([2001, 5001]))
        .expect(...segments(1001, 5001))
        .send({ seq: 101, ack: 5001 })
        .expect();
    });

    it('§5 (C): sends no more than the window less what is on its way', () => {
      // Of 30 segments in flight half is 15; 20 are not known to have arrived, nor to be lost.
      flown(30)
        .send(sack([2001, 11_001]))
        .expect(...segments(1001))
        .send(sack([2001, 16_001]))
        .expect()
        .write(5000)
        .send(sack([2001, 19_001]))
        .expect(...segments(31_001, 32_001));
    });

    it('§5.1: after a time-out what has arrived is not sent again', () => {
      flown(4)
        .send(sack([2001, 3001]))
        .advance(200)
        .expect(...segments(1001))
        .send({ seq: 101, ack: 3001 })
        .expect(...segments(3001, 4001));
    });

    it('sends a lost FIN again, alone or with the end of the data', () => {
      Script.opened({ sackPermitted: true })
        .write(5000)
        .end()
        .forget()
        .send(sack([2001, 5001]))
        .expect(...segments(1001), { flags: 'FIN ACK', seq: 5001, data: 1000 });
      Script.opened({ sackPermitted: true })
        .write(5000)
        .end()
        .forget()
        .send(sack([2001, 6001]))
        .expect(...segments(1001), { flags: 'FIN ACK', seq: 6001, data: 0 });
    });

    it('RFC 2018 §8: what was taken back is sent again', () => {
      flown(3)
        .send(sack([2001, 3001]))
        .advance(200)
        .send({ seq: 101, ack: 2001 })
        .forget()
        .advance(200)
        .expect(...segments(2001));
    });

    it.each([
      ['what was never sent', [5001, 7001]],
      ['what is acknowledged (RFC 2883)', [900, 1001]],
      ['what is yet to be acknowledged by number', [1001, 5001]],
      ['nothing', [4001, 2001]],
    ] as const)('believes no block of %s', (_name, block) => {
      const script = flown(5).send(sack(block), sack(block), sack(block)).expect();
      expect(script.harness.stack.counters.segmentsRetransmitted).toBe(0);
    });

    it('with a peer that was not offered it counts duplicates', () => {
      Script.opened()
        .write(5000)
        .forget()
        .send(sack([2001, 3001]), sack([2001, 4001]))
        .expect()
        .send(sack([2001, 5001]))
        .expect(...segments(1001));
    });
  });
});
