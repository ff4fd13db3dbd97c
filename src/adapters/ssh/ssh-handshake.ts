import ssh2 from 'ssh2';
import type { Client, ConnectConfig, PublicKeyAuthMethod } from 'ssh2';
import { InvariantError, TunnelError } from '../../domain/errors.ts';
import type { ClientKeys } from '../../domain/ports/link-port.ts';
import { agentUser } from '../../domain/protocol/protocol.ts';
import type { CarrierDuplex } from './carrier-duplex.ts';

/** Times in milliseconds. */
export interface HandshakeTimings {
  /** From the carrier's stream to an authenticated connection. */
  readonly readyTimeoutMs: number;
  /** How often a silent peer is asked for a sign of life. */
  readonly keepaliveIntervalMs: number;
}

/**
 * Authenticates both sides over `transport`.
 * @returns the connected client; its errors are the caller's to listen to from now on
 * @throws (rejects) TunnelError `HOST_KEY_MISMATCH`; `LINK_FAILED`, transient unless the agent refused our key; the signal's reason
 */
export function shakeHands(transport: CarrierDuplex, keys: ClientKeys, timings: HandshakeTimings, signal: AbortSignal): Promise<Client> {
  const pinned = pinnedKey(keys.agentPublicKey);
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let failure: unknown;
    let isForeignHost = false;
    const giveUp = (): void => {
      failure = signal.reason;
      transport.destroy();
    };
    const onError = (error: Error): void => {
      failure ??= isForeignHost ? hostKeyMismatch() : handshakeError(error);
      transport.destroy();
    };
    const onClose = (): void => {
      signal.removeEventListener('abort', giveUp);
      reject(failure ?? handshakeError(undefined));
    };
    client.on('error', onError);
    client.once('close', onClose);
    client.once('ready', () => {
      signal.removeEventListener('abort', giveUp);
      client.off('error', onError).off('close', onClose);
      resolve(client);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    const hostVerifier = (key: Buffer): boolean => {
      isForeignHost = !key.equals(pinned);
      return !isForeignHost;
    };
    client.connect({ ...clientConfig(keys, timings), sock: transport, hostVerifier });
    if (signal.aborted) giveUp();
  });
}

function clientConfig(keys: ClientKeys, timings: HandshakeTimings): ConnectConfig {
  const onlyOurKey: PublicKeyAuthMethod = { type: 'publickey', username: agentUser, key: keys.clientPrivateKey };
  return {
    username: agentUser,
    // Named alone: by default ssh2 first tries without a key, which costs a round trip.
    authHandler: [onlyOurKey],
    readyTimeout: timings.readyTimeoutMs,
    keepaliveInterval: timings.keepaliveIntervalMs,
    // Only asks: replies may wait behind bulk data, so that any byte counts as a sign of life, and the connection looks for itself.
    keepaliveCountMax: Number.POSITIVE_INFINITY,
    algorithms: {
      kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'],
      serverHostKey: ['ssh-ed25519'],
      compress: ['none'],
    },
  };
}

function pinnedKey(publicKey: string): Buffer {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw new InvariantError('the agent key to pin is no key', {}, key);
  return key.getPublicSSH();
}

function hostKeyMismatch(): TunnelError {
  return new TunnelError({
    code: 'HOST_KEY_MISMATCH',
    message: 'what answers at the agent port of the pod has another host key than the agent of this session',
    hint: 'another process in the pod may have taken the port: look at the pod before you start again',
  });
}

function handshakeError(error: (Error & { readonly level?: string }) | undefined): TunnelError {
  if (error?.level === 'client-authentication') {
    return new TunnelError({
      code: 'LINK_FAILED',
      message: 'the agent in the pod refused the key of this session',
      hint: 'the pod belongs to another session: start again, so that a pod of its own is made',
      cause: error,
    });
  }
  const message = `no SSH connection to the agent in the pod: ${error?.message ?? 'the stream ended'}`;
  return new TunnelError({ code: 'LINK_FAILED', message, hint: 'look at the log of the agent pod', transient: true, cause: error });
}
