import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { ChannelProtocol } from '../../../src/adapters/kubernetes/channel-protocol.ts';
import type { PortForwardEvent } from '../../../src/adapters/kubernetes/port-forward-protocol.ts';

describe('ChannelProtocol', () => {
  test.prop([fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 255 })])(
    'carries a chunk whole, in pieces of at most 64 KiB',
    (length, byte) => {
      const chunk = Buffer.alloc(length, byte);
      const messages = [...new ChannelProtocol().dataMessages(chunk)];
      for (const message of messages) {
        expect(message[0]).toBe(0);
        expect(message.length).toBeLessThanOrEqual(65_537);
      }
      expect(Buffer.concat(messages.map((message) => message.subarray(1))).equals(chunk)).toBe(true);
    },
  );

  test.prop([fc.array(fc.uint8Array({ maxLength: 20 }))])('reads whatever bytes, without what precedes the payload', (messages) => {
    const protocol = new ChannelProtocol();
    const seen = new Set<number>();
    for (const message of messages) {
      const events: PortForwardEvent[] = [];
      protocol.read(message, (event) => events.push(event));
      const channel = message[0] ?? 2;
      const payload = message.subarray(seen.has(channel) ? 1 : 3);
      if (channel <= 1) seen.add(channel);
      if (channel > 1 || payload.length === 0) expect(events).toEqual([]);
      else if (channel === 0) expect(events).toEqual([{ kind: 'data', bytes: payload }]);
      else expect(events).toEqual([{ kind: 'error', text: Buffer.from(payload).toString('utf8') }]);
    }
  });
});
