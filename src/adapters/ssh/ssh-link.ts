import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { ClientKeys, Link, LinkKeys, LinkPort } from '../../domain/ports/link-port.ts';
import { CarrierDuplex } from './carrier-duplex.ts';
import { generateLinkKeys } from './link-keys.ts';
import { SshConnection } from './ssh-connection.ts';
import { shakeHands } from './ssh-handshake.ts';

/** Times in milliseconds, all session parameters. */
export interface LinkTimings {
  /** From the carrier's stream to an authenticated connection. */
  readonly readyTimeoutMs: number;
  /** A link on which nothing arrives for so long is lost; it is asked for a sign of life three times in between. */
  readonly silenceMs: number;
}

const defaultTimings: LinkTimings = { readyTimeoutMs: 10_000, silenceMs: 15_000 };

/** The link to the agent as one SSH connection. */
export class SshLink implements LinkPort {
  readonly #timings: LinkTimings;

  constructor(timings: Partial<LinkTimings> = {}) {
    this.#timings = { ...defaultTimings, ...timings };
  }

  generateKeys(): LinkKeys {
    return generateLinkKeys();
  }

  async open(carrier: CarrierPort, keys: ClientKeys, signal: AbortSignal): Promise<Link> {
    const { readyTimeoutMs, silenceMs } = this.#timings;
    const transport = new CarrierDuplex(await carrier.dial(signal));
    const client = await shakeHands(transport, keys, { readyTimeoutMs, keepaliveIntervalMs: silenceMs / 4 }, signal);
    const giveUp = (): void => void transport.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await SshConnection.start(client, transport, silenceMs);
    } catch (error) {
      transport.destroy();
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}
