import { describe, expect, it } from 'vitest';
import { ip } from '../../../../src/domain/netstack/address/ip-address.ts';
import { RecordingHandler } from '../../../support/netstack/stack-harness.ts';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

/** The state diagram, RFC 9293 §3.3.2, figure 5, and §3.10.7 state by state. The peer's SYN is 100, ours 1000. */

describe.each([4, 6] as const)('over IPv%i', (version) => {
  const Script = SegmentScript.over(version);
  describe('opening', () => {
    const mss = version === 4 ? 1460 : 1440;

    it('§3.5, figure 6: LISTEN, SYN-RECEIVED, ESTABLISHED', () => {
      new Script()
        .send({ flags: 'SYN', seq: 100, mss: 1000, shift: 7, sackPermitted: true })
        .expect()
        .accept()
        .expect({ flags: 'SYN ACK', seq: 1000, ack: 101, window: 65_535, mss, shift: 5, sackPermitted: true })
        .send({ seq: 101, ack: 1001 })
        .expect()
        .write(3)
        .expect({ flags: 'ACK', seq: 1001, ack: 101, data: 3 });
    });

    it('§3.5, figure 6: CLOSED, SYN-SENT, ESTABLISHED', () => {
      new Script()
        .connect()
        .expect({ flags: 'SYN', seq: 1000, ack: 0, window: 65_535, mss, shift: 5, sackPermitted: true })
        .send({ flags: 'SYN ACK', seq: 100, ack: 1001, mss: 1000, shift: 2 })
        .expect({ flags: 'ACK', seq: 1001, ack: 101, window: 32_768 })
        .expectUser('connected')
        .write(1500)
        .expect({ seq: 1001, data: 1000 }, { seq: 2001, data: 500 });
    });
  });

  describe('SYN-SENT (§3.10.7.3)', () => {
    it('answers an unacceptable ACK with RST, and goes on waiting', () => {
      new Script()
        .connect()
        .forget()
        .send({ flags: 'SYN ACK', seq: 100, ack: 1000 })
        .expect({ flags: 'RST', seq: 1000 })
        .send({ seq: 100, ack: 1002 })
        .expect({ flags: 'RST', seq: 1002 })
        .send({ flags: 'RST ACK', seq: 0, ack: 1000 })
        .expect()
        .expectUser()
        .expectFlows(1);
    });

    it('is refused by a RST with the right ACK, and by no other', () => {
      new Script()
        .connect()
        .forget()
        .send({ flags: 'RST', seq: 100 })
        .expectUser()
        .send({ flags: 'RST ACK', seq: 0, ack: 1001 })
        .expect()
        .expectUser('closed refused')
        .expectFlows(0);
    });

    it('drops what is neither SYN nor RST', () => {
      new Script().connect().forget().send({ seq: 100, ack: 1001, data: 5 }).send({ flags: 'FIN', seq: 1 }).expect().expectUser();
    });

    it('takes data and FIN that come with the SYN', () => {
      const script = new Script();
      script
        .connect()
        .forget()
        .send({ flags: 'SYN ACK FIN', seq: 100, ack: 1001, data: 3 })
        .expect({ flags: 'ACK', seq: 1001, ack: 105 })
        .expectUser('connected', 'data 3', 'ended');
      expect(script.handler.received).toEqual([100, 101, 102]);
    });

    it('takes what is written and ended before the answer', () => {
      new Script()
        .connect()
        .forget()
        .write(5)
        .end()
        .expect()
        .send({ flags: 'SYN ACK', seq: 100, ack: 1001 })
        .expect({ flags: 'FIN ACK', seq: 1001, ack: 101, data: 5 });
    });

    const defaultMss = version === 4 ? 536 : 1220;
    it('sends no options that the peer did not offer, nor scales its windows', () => {
      new Script({ limits: { receiveWindowBytes: 1 << 20 } })
        .connect()
        .forget()
        .send({ flags: 'SYN ACK', seq: 100, ack: 1001, window: 2 * defaultMss })
        .expect({ window: 65_535 })
        .write(9000)
        .expect({ data: defaultMss }, { data: defaultMss });
    });

    it('repeats the SYN, then gives up; nothing is to be reset', () => {
      const syn = { flags: 'SYN', seq: 1000 };
      new Script()
        .connect()
        .expect(syn)
        .advance(62_999)
        .expect(syn, syn, syn, syn, syn)
        .advance(1)
        .expect()
        .expectUser('closed timed-out')
        .expectFlows(0);
    });

    it('is left by a reset, or by the end of the stack, without a word', () => {
      new Script().connect().forget().reset().expect().expectUser().expectFlows(0);
      const script = new Script().connect().forget();
      script.harness.stack.close();
      script.expect().expectUser('closed reset');
    });

    it('is told of the connection before data, and may reset it then', () => {
      const script = new Script().connect().forget();
      script.handler.connected = () => script.stream?.reset();
      script.send({ flags: 'SYN ACK', seq: 100, ack: 1001, data: 3 }).expect({ flags: 'RST ACK', seq: 1001, ack: 101 }).expectUser();
    });
  });

  describe('an active open', () => {
    it('is one per key, within the limit on flows, of one family, and not of a closed stack', () => {
      const script = new Script({ limits: { maxTcpFlows: 2 } }).connect();
      const { stack } = script.harness;
      const [peer, server, other] = version === 4 ? ['10.0.0.2', '192.0.2.7', 'fd00::2'] : ['fd00::2', '2001:db8::7', '10.0.0.2'];
      const open = (port: number, address = peer) =>
        stack.connect({ address: ip(server), port: 80 }, { address: ip(address), port }, new RecordingHandler());
      expect([open(40_000), open(1, other), open(1)?.destination.port, open(2)]).toEqual([undefined, undefined, 1, undefined]);
      expect(stack.counters.tcpConnects).toBe(2);
      stack.close();
      expect(open(3)).toBeUndefined();
    });
  });

  describe('a simultaneous open (§3.5, figure 8)', () => {
    const crossed = () =>
      new Script()
        .connect()
        .forget()
        .send({ flags: 'SYN', seq: 100, mss: 1000, shift: 3, sackPermitted: true })
        .expect({ flags: 'SYN ACK', seq: 1000, ack: 101, shift: 5, sackPermitted: true });

    it("is established by the peer's SYN-ACK, which crosses ours", () => {
      crossed().send({ flags: 'SYN ACK', seq: 100, ack: 1001 }).expect().expectUser('connected').write(4).expect({ seq: 1001, data: 4 });
    });

    it('is established by an ACK too, and with what comes with it', () => {
      crossed().send({ seq: 101, ack: 1001, data: 9 }).expect({ ack: 110 }).expectUser('connected', 'data 9');
    });

    it('repeats its SYN-ACK for a SYN that comes again, and after a while', () => {
      crossed()
        .send({ flags: 'SYN', seq: 100 })
        .expect({ flags: 'SYN ACK', seq: 1000, ack: 101 })
        .advance(1000)
        .expect({ flags: 'SYN ACK', seq: 1000, ack: 101 });
    });

    it('answers a SYN-ACK that comes late, for its sender still waits for our ACK', () => {
      const synAck = { flags: 'SYN ACK', seq: 100, ack: 1001 };
      crossed().send(synAck).expect().send(synAck).expect({ flags: 'ACK', seq: 1001, ack: 101 });
    });

    it('is refused by a RST', () => {
      crossed().send({ flags: 'RST', seq: 101 }).expect().expectUser('closed refused').expectFlows(0);
    });

    it('challenges another SYN in the window (§3.10.7.4, fourth)', () => {
      const script = crossed().send({ flags: 'SYN', seq: 300 }).expectUser().expectFlows(1);
      expect(script.harness.stack.counters.challengeAcks).toBe(1);
    });
  });

  describe('SYN-RECEIVED of a passive open (§3.10.7.4)', () => {
    const received = () => new Script().send({ flags: 'SYN', seq: 100 }).accept().forget();

    it('answers the same SYN again', () => {
      received().send({ flags: 'SYN', seq: 100 }).expect({ flags: 'SYN ACK', seq: 1000, ack: 101 });
    });

    it('returns to LISTEN for another SYN in the window, whose repetition opens anew', () => {
      const script = received().send({ flags: 'SYN', seq: 300 }).expect().expectUser('closed reset').expectFlows(0);
      script.send({ flags: 'SYN', seq: 300 }).accept().expect({ flags: 'SYN ACK', ack: 301 });
    });

    it('returns to LISTEN for a RST', () => {
      received().send({ flags: 'RST', seq: 101 }).expect().expectUser('closed reset').expectFlows(0);
    });

    it('leaves what is outside the window unanswered: the SYN-ACK, which is repeated, says the same', () => {
      received()
        .send({ seq: 99, ack: 1001, data: 1 }, { seq: 70_000, ack: 1001 })
        .expect()
        .expectUser()
        .send({ seq: 101, ack: 1001 })
        .expect()
        .write(1)
        .expect({ seq: 1001, ack: 101, data: 1 });
    });

    it('answers an unacceptable ACK with RST, and stays', () => {
      received()
        .send({ seq: 101, ack: 1002 })
        .expect({ flags: 'RST', seq: 1002 })
        .send({ seq: 101, ack: 1000 })
        .expect({ flags: 'RST', seq: 1000 });
    });

    it('takes data and FIN that come with the ACK', () => {
      received().send({ flags: 'FIN ACK', seq: 101, ack: 1001, data: 2 }).expect({ ack: 104 }).expectUser('data 2', 'ended');
    });

    it('sends what was written and ended before', () => {
      received().write(5).end().expect().send({ seq: 101, ack: 1001 }).expect({ flags: 'FIN ACK', seq: 1001, data: 5 });
    });
  });

  describe('closing (§3.6, figures 12 and 13)', () => {
    const ended = (script = Script.opened()) => script.end().expect({ flags: 'FIN ACK', seq: 1001, ack: 101 });

    it('by us: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT', () => {
      ended()
        .send({ seq: 101, ack: 1002 })
        .expect()
        .send({ seq: 101, ack: 1002, data: 4 })
        .expect({ flags: 'ACK', seq: 1002, ack: 105 })
        .expectUser('data 4')
        .send({ flags: 'FIN ACK', seq: 105, ack: 1002 })
        .expect({ flags: 'ACK', seq: 1002, ack: 106 })
        .expectUser('ended', 'closed')
        .expectFlows(1)
        .advance(1000)
        .expect()
        .expectFlows(0);
    });

    it('by us, answered at once: FIN-WAIT-1, TIME-WAIT', () => {
      ended()
        .send({ flags: 'FIN ACK', seq: 101, ack: 1002 })
        .expect({ flags: 'ACK', seq: 1002, ack: 102 })
        .expectUser('ended', 'closed')
        .expectFlows(1);
    });

    it('by both at once (figure 13): FIN-WAIT-1, CLOSING, TIME-WAIT', () => {
      ended()
        .send({ flags: 'FIN ACK', seq: 101, ack: 1001 })
        .expect({ flags: 'ACK', seq: 1002, ack: 102 })
        .expectUser('ended')
        .send({ flags: 'FIN ACK', seq: 101, ack: 1001 })
        .expect({ flags: 'ACK', seq: 1002, ack: 102 })
        .send({ seq: 102, ack: 1002 })
        .expect()
        .expectUser('closed')
        .advance(1000)
        .expectFlows(0);
    });

    it('by the peer: CLOSE-WAIT, LAST-ACK, CLOSED', () => {
      Script.opened()
        .send({ flags: 'FIN ACK', seq: 101, ack: 1001, data: 1 })
        .expect({ flags: 'ACK', ack: 103 })
        .expectUser('data 1', 'ended')
        .write(7)
        .expect({ flags: 'ACK', seq: 1001, ack: 103, data: 7 })
        .end()
        .expect({ flags: 'FIN ACK', seq: 1008, ack: 103 })
        .send({ seq: 103, ack: 1008 })
        .expectUser()
        .send({ seq: 103, ack: 1009 })
        .expect()
        .expectUser('closed')
        .expectFlows(0);
    });

    it('FIN-WAIT-2 keeps early text and the FIN after it, and passes both in order', () => {
      ended()
        .send({ seq: 101, ack: 1002 }, { flags: 'FIN ACK', seq: 104, ack: 1002, data: 2 })
        .expect({ ack: 101 })
        .send({ seq: 101, ack: 1002, data: 3 })
        .expect({ ack: 107 })
        .expectUser('data 3', 'data 2', 'ended', 'closed');
    });

    it.each([
      ['CLOSE-WAIT', (script: SegmentScript) => script.send({ flags: 'FIN ACK', seq: 101, ack: 1001 }), 1001],
      ['LAST-ACK', (script: SegmentScript) => script.send({ flags: 'FIN ACK', seq: 101, ack: 1001 }).end(), 1002],
      ['CLOSING', (script: SegmentScript) => script.end().send({ flags: 'FIN ACK', seq: 101, ack: 1001 }), 1002],
    ])('%s answers text and FIN beyond the FIN by an ACK, and delivers nothing', (_name, bring, seq) => {
      const script = Script.opened();
      bring(script);
      script.forget().handler.log.length = 0;
      script.send({ flags: 'FIN ACK', seq: 102, ack: 1001, data: 8 }).expect({ flags: 'ACK', seq, ack: 102 }).expectUser();
    });

    it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const)('a RST ends %s', (state) => {
      const script = bringTo(state);
      script.send({ flags: 'RST', seq: hasPeerEnded(state) ? 102 : 101 }).expect();
      script.expectUser('closed reset').expectFlows(0);
    });

    it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const)(
      "ABORT in %s sends RST, and then the key is nobody's (§3.10.5)",
      (state) => {
        const script = bringTo(state);
        const seq = state === 'ESTABLISHED' || state === 'CLOSE-WAIT' ? 1001 : 1002;
        script.reset().expect({ flags: 'RST ACK', seq, ack: hasPeerEnded(state) ? 102 : 101 });
        script.expectUser().expectFlows(0);
        script.send({ seq: 101, ack: 1001 }).expect({ flags: 'RST', seq: 1001 });
      },
    );
  });

  describe('TIME-WAIT (§3.10.7.4, RFC 1337)', () => {
    const waiting = () => bringTo('TIME-WAIT');

    it('acknowledges a repeated FIN, and waits anew', () => {
      waiting()
        .advance(900)
        .send({ flags: 'FIN ACK', seq: 101, ack: 1002 })
        .expect({ flags: 'ACK', seq: 1002, ack: 102 })
        .advance(900)
        .expectFlows(1)
        .advance(100)
        .expectFlows(0);
    });

    it('outlives a RST, and sends none', () => {
      waiting().send({ flags: 'RST', seq: 102 }).expect().expectFlows(1).reset().expect();
    });

    it('makes way for a new SYN, but not for its own (§3.6.1)', () => {
      waiting()
        .send({ flags: 'SYN', seq: 100 })
        .expect({ flags: 'ACK', seq: 1002, ack: 102 })
        .send({ flags: 'SYN', seq: 5000 })
        .accept()
        .expect({ flags: 'SYN ACK', ack: 5001 });
    });
  });

  describe('CLOSED (§3.10.7.1)', () => {
    it.each([
      ['an ACK', { seq: 5, ack: 9 }, [{ flags: 'RST', seq: 9, ack: 0 }]],
      ['no ACK', { flags: 'FIN', seq: 5, data: 3 }, [{ flags: 'RST ACK', seq: 0, ack: 9 }]],
      ['a RST', { flags: 'RST ACK', seq: 5 }, []],
    ])('answers what has %s', (_name, segment, expected) => {
      new Script()
        .send(segment)
        .expect(...expected)
        .expectFlows(0);
    });
  });

  /** A connection in `state`, with nothing left to be expected. */
  function bringTo(state: Reached): SegmentScript {
    const script = Script.opened();
    const fin = { flags: 'FIN ACK', seq: 101, ack: 1001 };
    if (state === 'CLOSE-WAIT') script.send(fin);
    else if (state === 'LAST-ACK') script.send(fin).end();
    else if (state !== 'ESTABLISHED') script.end();
    if (state === 'CLOSING') script.send(fin);
    if (state === 'FIN-WAIT-2') script.send({ seq: 101, ack: 1002 });
    if (state === 'TIME-WAIT') script.send({ ...fin, ack: 1002 });
    script.forget().handler.log.length = 0;
    return script;
  }
});

type Reached = 'ESTABLISHED' | 'FIN-WAIT-1' | 'FIN-WAIT-2' | 'CLOSE-WAIT' | 'CLOSING' | 'LAST-ACK' | 'TIME-WAIT';

function hasPeerEnded(state: Reached): boolean {
  return state === 'CLOSE-WAIT' || state === 'CLOSING' || state === 'LAST-ACK';
}
