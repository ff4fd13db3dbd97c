import { describe, expect, it } from 'vitest';
import { canFreeBuffers, freeBuffer } from '../../../../src/app/programs/agent/free-buffer.ts';

describe('freeBuffer', () => {
  it('empties a buffer of its own where Node can, also by a view on it', () => {
    const whole = new Uint8Array(Buffer.poolSize + 1).fill(7);
    freeBuffer(whole.subarray(3, 7));
    expect(whole).toHaveLength(canFreeBuffers ? 0 : Buffer.poolSize + 1);
  });

  it('leaves Node’s pool as it is', () => {
    const pooled = Buffer.from('one of many');
    freeBuffer(pooled);
    expect(pooled.toString()).toBe('one of many');
  });
});
