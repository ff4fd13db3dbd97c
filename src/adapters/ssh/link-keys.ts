import ssh2 from 'ssh2';
import { InvariantError } from '../../domain/errors.ts';
import type { LinkKeys } from '../../domain/ports/link-port.ts';

/** Two fresh ed25519 key pairs in OpenSSH form, each read back once: a key that can't be used must not reach a cluster. */
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

function generateKeyPair(): { readonly private: string; readonly public: string } {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  const privateKey = ssh2.utils.parseKey(pair.private);
  const publicKey = ssh2.utils.parseKey(pair.public);
  const isUsable =
    !(privateKey instanceof Error) && !(publicKey instanceof Error) && privateKey.getPublicSSH().equals(publicKey.getPublicSSH());
  if (!isUsable) throw new InvariantError('a freshly made SSH key pair could not be read back');
  return pair;
}
