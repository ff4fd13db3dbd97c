import { describe, it } from 'vitest';
import { SegmentScript } from '../../../support/netstack/segment-script.ts';

describe.each([4, 6] as const)('RFC 7323 window scale, IPv%i', (version) => {
  const Script = SegmentScript.over(version);
  it('§2.2: the window of a SYN and of a SYN-ACK is never scaled', () => {
    new Script()
      .send({ flags: 'SYN', seq: 100, mss: 1000, shift: 7, window: 2000 })
      .accept()
      .expect({ flags: 'SYN ACK', window: 65_535, shift: 5 });
    new Script()
      .connect()
      .expect({ flags: 'SYN', window: 65_535, shift: 5 })
      .send({ flags: 'SYN ACK', seq: 100, ack: 1001, mss: 1000, shift: 7, window: 2000 })
      .forget()
      .write(5000)
      .expect({ data: 1000 }, { data: 1000 });
  });

  it("§2.2: every other window is shifted by its sender's shift", () => {
    Script.opened({ shift: 4, window: 125 }).write(5000).expect({ data: 1000, window: 32_768 }, { data: 1000, window: 32_768 });
  });

  it('§2.2: nobody scales where one side does not offer it', () => {
    const script = new Script().send({ flags: 'SYN', seq: 100, mss: 1000, window: 2000 }).accept();
    script
      .expect({ flags: 'SYN ACK', shift: undefined as never })
      .send({ seq: 101, ack: 1001, window: 2000 })
      .write(5000)
      .expect({ data: 1000, window: 65_535 }, { data: 1000, window: 65_535 });
  });

  it('§2.3: a shift above 14 counts as 14', () => {
    Script.opened({ shift: 15, window: 1 })
      .write(20_000)
      .expect(...Array.from({ length: 16 }, () => ({ data: 1000 })));
  });

  it('§2.4: the window that was announced is not taken back, but for the rounding of the shift', () => {
    Script.opened({ shift: 0 }, { limits: { receiveWindowBytes: 1 << 20 } })
      .send({ seq: 101, ack: 1001, data: 320 })
      .expect({ ack: 421, window: (1 << 15) - 10 })
      .send({ seq: 421, ack: 1001, data: 1 })
      .expect({ ack: 422, window: (1 << 15) - 11 });
  });
});

describe('RFC 9293 §3.7.1 MSS', () => {
  it.each([
    ['536 where none is offered over IPv4 (MUST-15)', 4, undefined, 536],
    ['1220 where none is offered over IPv6 (MUST-15)', 6, undefined, 1220],
    ["the peer's", 4, 700, 700],
    ['what the MTU leaves, where that is less (MUST-16)', 4, 9000, 1460],
    ['what the MTU leaves over IPv6', 6, 9000, 1440],
  ] as const)('is %s', (_name, version, mss, expected) => {
    new SegmentScript({ version })
      .send({ flags: 'SYN', seq: 100, ...(mss && { mss }) })
      .accept()
      .send({ seq: 101, ack: 1001 })
      .forget()
      .write(expected + 1)
      .expect({ data: expected }, { data: 1 });
  });

  it('is announced as what the MTU leaves (MUST-14)', () => {
    new SegmentScript({ mtuBytes: 9000 }).send({ flags: 'SYN', seq: 100 }).accept().expect({ mss: 8960 });
    new SegmentScript({ mtuBytes: 9000, version: 6 }).send({ flags: 'SYN', seq: 100 }).accept().expect({ mss: 8940 });
  });
});
