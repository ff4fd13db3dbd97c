import { describe, expect, it } from 'vitest';
import { ChannelStream, type ChannelShares, type SshChannel } from '../../../src/domain/protocol/channel-stream.ts';
import { WindowBudget } from '../../../src/domain/protocol/receive-window.ts';
import { TransportPressure, type Transport } from '../../../src/domain/protocol/transport-pressure.ts';

const failure = { errno: 'ECONNRESET', message: 'test' } as const;

const shares = (transport: Transport): ChannelShares => ({
  pressure: new TransportPressure(transport, 1000),
  windows: new WindowBudget(0),
});

/** A channel whose window is open or shut, and a transport that holds as much as it is told. */
class FakeSsh implements SshChannel {
  readonly incoming = { state: 'open', window: 2_097_152 };
  readonly outgoing = { id: 7, state: 'open', window: 2_097_152 };
  readonly _client = { _protocol: { channelWindowAdjust: () => void this.sent.push('window') } };
  readonly transport = { writableLength: 0, destroyed: false, on: (_: 'drain', listener: () => void): unknown => (this.#drain = listener) };
  readonly sent: string[] = [];
  readonly written: Uint8Array[] = [];
  readonly told: string[] = [];
  isWindowOpen = true;
  writableLength = 0;
  readonly #waiting: (() => void)[] = [];
  #drain: (() => void) | undefined;
  readonly stream: ChannelStream;

  constructor() {
    this.stream = new ChannelStream(this, shares(this.transport), () => this.told.push('finished'));
  }

  attach(): this {
    this.stream.attach({
      data: (chunk) => this.told.push(`data ${chunk.length}`),
      ended: () => this.told.push('ended'),
      drained: () => this.told.push('drained'),
      closed: (reason) => this.told.push(`closed ${reason?.errno ?? 'cleanly'}`),
    });
    return this;
  }

  write(chunk: Uint8Array, written: () => void): boolean {
    this.written.push(chunk);
    if (this.isWindowOpen) {
      this.sent.push(`data ${chunk.length}`);
      written();
    } else {
      this.writableLength += chunk.length;
      this.#waiting.push(() => {
        this.sent.push(`data ${chunk.length}`);
        this.writableLength -= chunk.length;
        written();
      });
    }
    return true;
  }

  push = (_chunk: Uint8Array | null): boolean => true;
  eof = (): void => void this.sent.push('eof');
  close = (): void => void this.sent.push('close');

  openWindow(): void {
    this.isWindowOpen = true;
    for (const send of this.#waiting.splice(0)) send();
  }

  receive(state: 'eof' | 'closed'): void {
    this.incoming.state = state;
    this.push(null);
  }

  drainTransport(): void {
    this.transport.writableLength = 0;
    this.#drain?.();
  }

  get messages(): string[] {
    return this.sent.filter((each) => each !== 'window');
  }
}

describe('ChannelStream', () => {
  it('ends cleanly: EOF, EOF, CLOSE', () => {
    const ssh = new FakeSsh().attach();
    ssh.stream.write(new Uint8Array(3));
    ssh.stream.end();
    ssh.receive('eof');
    ssh.receive('closed');
    expect(ssh.messages).toEqual(['data 3', 'eof', 'close']);
    expect(ssh.told).toEqual(['ended', 'finished', 'closed cleanly']);
  });

  it('sends EOF only after what waits for the window', () => {
    const ssh = new FakeSsh().attach();
    ssh.isWindowOpen = false;
    ssh.stream.write(new Uint8Array(3));
    ssh.stream.end();
    expect(ssh.messages).toEqual([]);
    ssh.openWindow();
    expect(ssh.messages).toEqual(['data 3', 'eof']);
  });

  it.each([
    ['as it is where it leaves at once', 3, 0, true],
    ['as a copy where the window is too small', 2, 0, false],
    ['as a copy where other bytes wait', 3, 1, false],
  ])('takes a borrowed chunk %s', (_, window, waiting, isSame) => {
    const ssh = new FakeSsh().attach();
    ssh.outgoing.window = window;
    ssh.writableLength = waiting;
    const chunk = Buffer.from('abc');
    ssh.stream.writeBorrowed(chunk);
    expect(ssh.written[0] === chunk).toBe(isSame);
    chunk.fill(0);
    expect(Buffer.from(ssh.written[0] ?? []).toString()).toBe(isSame ? '\0\0\0' : 'abc');
  });

  it.each([
    ['before any EOF', [], false],
    ['after the peer ended, before this side did', ['eof'], false],
    ['after this side ended, before the peer did', [], true],
  ] as const)('takes a CLOSE %s for a reset', (_, received, doesEnd) => {
    const ssh = new FakeSsh().attach();
    if (doesEnd) ssh.stream.end();
    for (const state of received) ssh.receive(state);
    ssh.receive('closed');
    expect(ssh.told.at(-1)).toBe('closed ECONNRESET');
  });

  it('tells a lost path from a reset', () => {
    const ssh = new FakeSsh().attach();
    ssh.transport.destroyed = true;
    ssh.receive('closed');
    expect(ssh.told).toEqual(['finished', 'closed EPIPE']);
  });

  it('holds what comes while paused, shuts the window, and tells the end after the bytes', () => {
    const ssh = new FakeSsh().attach();
    ssh.stream.pause();
    expect(ssh.push(new Uint8Array(1))).toBe(false);
    ssh.push(new Uint8Array(2));
    ssh.receive('eof');
    expect(ssh.told).toEqual([]);
    ssh.incoming.window = 1000;
    ssh.stream.resume();
    expect(ssh.told).toEqual(['data 1', 'data 2', 'ended']);
    expect(ssh.sent).toContain('window');
  });

  it('holds what comes before a reader is there', () => {
    const ssh = new FakeSsh();
    ssh.push(new Uint8Array(1));
    ssh.receive('closed');
    ssh.attach();
    expect(ssh.told).toEqual(['data 1', 'finished', 'closed ECONNRESET']);
  });

  it('tells a reset at once to a paused reader with nothing to read, and to one that writes', () => {
    const idle = new FakeSsh().attach();
    idle.stream.pause();
    idle.receive('closed');
    expect(idle.told).toEqual(['finished', 'closed ECONNRESET']);
    const writer = new FakeSsh().attach();
    writer.stream.pause();
    writer.push(new Uint8Array(1));
    writer.receive('closed');
    expect(writer.told).toEqual([]);
    writer.stream.write(new Uint8Array(1));
    expect(writer.told).toEqual(['finished', 'closed ECONNRESET']);
  });

  it('resets at once, or after what was written', () => {
    const now = new FakeSsh().attach();
    now.isWindowOpen = false;
    now.stream.write(new Uint8Array(3));
    now.stream.reset(failure);
    expect([now.messages, now.told]).toEqual([['close'], ['finished', 'closed ECONNRESET']]);
    const later = new FakeSsh().attach();
    later.isWindowOpen = false;
    later.stream.write(new Uint8Array(3));
    later.stream.resetWhenWritten(failure);
    later.receive('eof');
    expect(later.messages).toEqual([]);
    later.openWindow();
    expect([later.messages, later.told]).toEqual([
      ['data 3', 'close'],
      ['ended', 'finished', 'closed ECONNRESET'],
    ]);
  });

  it('lets nobody wait for a window that will not open any more', () => {
    const ssh = new FakeSsh().attach();
    ssh.isWindowOpen = false;
    ssh.stream.write(new Uint8Array(3));
    ssh.stream.resetWhenWritten(failure);
    ssh.receive('closed');
    expect(ssh.told).toEqual(['finished', 'closed ECONNRESET']);
  });

  it('asks the writer to wait for a full window, and for a full transport', () => {
    const ssh = new FakeSsh().attach();
    ssh.isWindowOpen = false;
    expect(ssh.stream.write(new Uint8Array(262_144))).toBe(false);
    ssh.openWindow();
    expect(ssh.told).toEqual(['drained']);
    ssh.transport.writableLength = 1000;
    expect(ssh.stream.write(new Uint8Array(1))).toBe(false);
    expect(ssh.told).toEqual(['drained']);
    ssh.drainTransport();
    expect(ssh.told).toEqual(['drained', 'drained']);
    expect(ssh.stream.write(new Uint8Array(1))).toBe(true);
  });

  it('says nothing after it was closed', () => {
    const ssh = new FakeSsh().attach();
    ssh.stream.reset(failure);
    ssh.stream.reset(failure);
    ssh.stream.end();
    ssh.push(new Uint8Array(1));
    ssh.receive('closed');
    expect(ssh.stream.write(new Uint8Array(1))).toBe(true);
    expect(ssh.told).toEqual(['finished', 'closed ECONNRESET']);
    expect(ssh.messages).toEqual(['close']);
  });
});
