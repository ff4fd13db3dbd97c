import ssh2 from 'ssh2';
import { InvariantError } from '../../domain/errors.ts';
import type { LinkKeys } from '../../domain/ports/link-port.ts';

/** Of ssh2 1.17's ed25519 pairs about one in 170 is malformed: it takes leading zero bytes of a key for padding. So many in a row don't happen. */
const attempts = 20;

/** Two fresh pairs: a key that can't be used must not reach a cluster. */
export function generateLinkKeys(): LinkKeys {
  const client = generateKeyPair();
  const agent = generateKeyPair();
  return {
    clientPrivateKey: client.private,
    clientPublicKey: client.public,
    agentPrivateKey: agent.private,
    agentPublicKey: agent.public,
  };
}

/** OpenSSH forms. */
export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** A fresh ed25519 pair, read back. */
export function generateKeyPair(): KeyPair {
  for (let i = 0; i < attempts; i++) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (isUsable(pair)) return pair;
  }
  throw new InvariantError(`none of ${attempts} freshly made SSH key pairs could be read back`);
}

/** Whether both halves can be read, and belong together. */
function isUsable(pair: KeyPair): boolean {
  const privateKey = ssh2.utils.parseKey(pair.private);
  const publicKey = ssh2.utils.parseKey(pair.public);
  return !(privateKey instanceof Error) && !(publicKey instanceof Error) && privateKey.getPublicSSH().equals(publicKey.getPublicSSH());
}
