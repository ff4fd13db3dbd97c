import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { decodeUtf8, encodeUtf8, fromBinary, showBytes, toBinary } from '../../../src/domain/session/byte-text.ts';

describe('UTF-8', () => {
  test.prop([fc.string({ unit: 'binary' })])('is what the platform makes of any text', (text) => {
    expect(Buffer.from(encodeUtf8(text))).toEqual(Buffer.from(text, 'utf8'));
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });

  test.prop([fc.uint8Array({ maxLength: 12 })])('takes just the bytes that a strict decoder takes', (bytes) => {
    let expected: string | undefined;
    try {
      expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      expected = undefined;
    }
    expect(decodeUtf8(bytes)).toBe(expected);
  });

  test('replaces a lone surrogate', () => {
    expect(decodeUtf8(encodeUtf8('a\ud800b'))).toBe('a\ufffdb');
  });
});

describe('binary strings', () => {
  test.prop([fc.uint8Array({ maxLength: 9000, size: 'max' })], { numRuns: 5 })('give the bytes back', (bytes) => {
    expect(fromBinary(toBinary(bytes))).toEqual(bytes);
  });
});

test('bytes are shown without control characters', () => {
  expect(showBytes(encodeUtf8('größe'))).toBe('größe');
  expect(showBytes(Uint8Array.of(0x41, 0x1b, 0xff))).toBe('A\\x1b\\xff');
});
