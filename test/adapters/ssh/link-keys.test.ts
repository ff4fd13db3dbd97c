import { sign, verify } from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { generateLinkKeys } from '../../../src/adapters/ssh/link-keys.ts';

describe('generateLinkKeys', () => {
  // ssh2 alone fails in about one of 170 pairs.
  it('makes pairs that can be read back and sign, every time', () => {
    for (let i = 0; i < 500; i++) {
      const keys = generateLinkKeys();
      for (const [privateKey, publicKey] of [
        [keys.clientPrivateKey, keys.clientPublicKey],
        [keys.agentPrivateKey, keys.agentPublicKey],
      ] as const) {
        const secret = ssh2.utils.parseKey(privateKey);
        const open = ssh2.utils.parseKey(publicKey);
        if (secret instanceof Error || open instanceof Error) throw new Error('a malformed key');
        const data = Buffer.from('data');
        expect(verify(null, data, open.getPublicPEM(), sign(null, data, secret.getPrivatePEM()))).toBe(true);
      }
    }
  });
});
