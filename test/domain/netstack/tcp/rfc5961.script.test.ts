import { describe, expect, it } from 'vitest';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);

  /** RFC 5961: what a blind attacker, or an old connection's segment, gets. The challenge says what we expect, so that the true peer can reset. */
  const challenge = { flags: 'ACK', seq: 1001, ack: 101, data: 0 };

  describe('§3.2 RST', () => {
    it.each([
      ['before the window', 100, []],
      ['at the last number of the window', 100 + 65_535, [challenge]],
      ['beyond the window', 101 + 65_535, []],
      ['in the window', 102, [challenge]],
    ])('%s does not reset', (_name, seq, expected) => {
      Script.opened({}, { limits: { receiveWindowBytes: 65_535 } })
        .send({ flags: 'RST', seq })
        .expect(...expected)
        .expectUser()
        .expectFlows(1);
    });

    it('at the exact number resets, with a bad ACK too', () => {
      Script.opened().send({ flags: 'RST ACK', seq: 101, ack: 77 }).expect().expectUser('closed reset').expectFlows(0);
    });

    it("a challenge's answer, which is exact, resets", () => {
      Script.opened().send({ flags: 'RST', seq: 500 }).expect(challenge).send({ flags: 'RST', seq: 101 }).expectUser('closed reset');
    });
  });

  describe('§7 throttling', () => {
    const provoking = [
      { flags: 'RST', seq: 102 },
      { seq: 101, ack: 1002 },
      { flags: 'SYN', seq: 101 },
    ];

    it('is one challenge per poll, however many segments provoke it', () => {
      Script.opened()
        .send(...provoking)
        .expect(challenge);
    });

    it('is one where early text is kept, too, whose own ACKs each count', () => {
      const script = Script.opened()
        .send({ seq: 111, ack: 1001, data: 10 })
        .expect(challenge)
        .send(...provoking)
        .expect(challenge);
      expect(script.harness.stack.counters.challengeAcks).toBe(3);
    });
  });

  describe('§4.2 SYN', () => {
    it.each([
      ['in the window', { flags: 'SYN', seq: 101 }],
      ['before it', { flags: 'SYN', seq: 5 }],
      ['with ACK', { flags: 'SYN ACK', seq: 300, ack: 1001 }],
    ])('%s is challenged', (_name, segment) => {
      Script.opened().send(segment).expect(challenge).expectUser().expectFlows(1);
    });
  });

  describe('§5.2 ACK', () => {
    it.each([
      ['of what was never sent', 1002],
      ['older than the largest window', 1001 - 65_536],
      ['from the other half of the sequence space', 1001 + 2 ** 31 - 1],
    ])('%s is challenged, and its data are not taken', (_name, ack) => {
      const script = Script.opened();
      script.send({ seq: 101, ack, data: 5 }).expect(challenge).expectUser();
      expect(script.harness.stack.counters.challengeAcks).toBe(1);
    });

    it('that is old, but within the window, is taken for what its segment carries', () => {
      Script.opened()
        .send({ seq: 101, ack: 1001 - 65_535, data: 5 })
        .expect({ flags: 'ACK', seq: 1001, ack: 106 })
        .expectUser('data 5');
    });
  });
});
