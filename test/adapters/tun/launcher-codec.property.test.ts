import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { decodeReply } from '../../../src/adapters/tun/launcher-codec.ts';

test.prop([fc.uint8Array({ maxLength: 300 })])('no bytes make decodeReply throw', (bytes) => {
  expect(() => decodeReply(bytes)).not.toThrow();
});

test.prop([fc.integer({ min: 101, max: 107 }), fc.uint8Array({ maxLength: 200 })])('nor does a header with any body', (type, body) => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(type, 0);
  header.writeUInt32LE(body.length, 4);
  const reply = decodeReply(Buffer.concat([header, body]));
  expect(reply === undefined || typeof reply.type === 'string').toBe(true);
});
