import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../../src/domain/errno-error.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { parseGreeting, parseRequest } from '../../../src/domain/socks/socks-wire.ts';
import { serveSocks, type SocksServices } from '../../../src/domain/socks/serve-socks.ts';
import { memoryChannelPair, type MemoryChannel } from '../../fakes/memory-channel.ts';
import { echo } from '../../fakes/memory-hosts.ts';
import { record } from '../../fakes/recording-sink.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
/** What looks like the beginning of a conversation, or is one, with anything behind it. */
const plausible = fc
  .tuple(
    fc.constantFrom([5, 1, 0], [5, 2, 0, 2], [5, 1, 2], [4, 1]),
    fc.constantFrom([5, 1, 0], [5, 0xf0, 0], [5, 0xf1, 0], [5, 3, 0]),
    fc.constantFrom([1, 10, 0, 0, 1, 0, 80], [3, 3, 119, 101, 98, 0, 80], [4, ...Array<number>(16).fill(1), 0, 80], [7]),
    bytes,
  )
  .map(([greeting, head, target, rest]) => Uint8Array.from([...greeting, ...head, ...target, ...rest]));
const ending = fc.constantFrom('ends', 'resets', 'stays' as const);
const farSide = fc.constantFrom('echoes', 'refuses', 'resets', 'hangs' as const);

describe('a SOCKS server', () => {
  it.prop([fc.oneof(bytes, plausible)])('parses whatever comes', (input) => {
    for (const parse of [parseGreeting, parseRequest]) {
      const parsed = parse(input);
      if (typeof parsed === 'object') expect(parsed.length).toBeLessThanOrEqual(input.length);
    }
  });

  it.prop([fc.oneof(bytes, plausible), fc.integer({ min: 1, max: 40 }), ending, farSide])(
    'ends every channel, whatever a client sends and however it goes',
    async (input, cut, end, far) => {
      const dialled: MemoryChannel[] = [];
      const [ours, theirs] = memoryChannelPair(64);
      const [limit, gone] = [new AbortController(), new AbortController()];
      const served = serveSocks(ours, servicesTo(far, dialled), { limit: limit.signal, gone });
      const client = record(theirs);
      for (let at = 0; at < input.length; at += cut) {
        theirs.write(input.slice(at, at + cut));
        await turn();
      }
      if (end === 'ends') theirs.end();
      if (end === 'resets') theirs.reset({ errno: 'ECONNRESET', message: 'test' });
      await turn();
      limit.abort();
      await turn();
      // One that stays connected to somebody who stays is no leak: it goes now.
      theirs.reset({ errno: 'ECONNRESET', message: 'test' });
      await served;
      await client.whenClosed;
      await turn();
      expect(client.breaches).toEqual([]);
      expect(ours.isClosed).toBe(true);
      expect(gone.signal.aborted).toBe(true);
      expect(dialled.map((one) => one.isClosed)).toEqual(dialled.map(() => true));
    },
  );
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function servicesTo(far: 'echoes' | 'refuses' | 'resets' | 'hangs', dialled: MemoryChannel[]): SocksServices {
  return {
    dial: (_host, _port, signal) => {
      if (far === 'refuses') return Promise.reject(new ErrnoError('ECONNREFUSED', 'test'));
      if (far === 'hangs') return untilAborted(signal);
      const [near, other] = memoryChannelPair(64);
      dialled.push(near);
      if (far === 'echoes') echo(other);
      else other.reset({ errno: 'ECONNRESET', message: 'test' });
      return Promise.resolve(near);
    },
    resolve: async () => {
      if (far === 'refuses') throw new ErrnoError('ENOTFOUND', 'test');
      return ip('10.0.0.9');
    },
    resolvePtr: async () => 'web.shop.svc.cluster.local',
  };
}

function untilAborted(signal: AbortSignal): Promise<ByteChannel> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
