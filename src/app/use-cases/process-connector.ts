import type { ByteChannel } from '../../domain/byte-channel.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { TunnelLease } from '../../domain/ports/tunnel-port.ts';
import type { EventSink } from '../../domain/session/session-event.ts';
import type { SessionTraffic } from '../../domain/session/session-traffic.ts';

/** What connecting to the process needs. */
export interface ProcessConnectorParts {
  readonly tunnel: Pick<TunnelLease, 'connect'>;
  /** Where the process may listen, in the order in which they are tried. */
  readonly addresses: readonly IpAddress[];
  readonly clock: ClockPort;
  readonly events: EventSink;
  readonly traffic: Pick<SessionTraffic, 'reached'>;
  /** How long a connection waits for the process to listen, in milliseconds. */
  readonly limitMs: number;
}

/** While nobody listens, another try is made this often. */
const retryMs = 100;

/** Connects to what the process listens on, on whichever of its addresses; waits while it starts, or starts again. */
export class ProcessConnector {
  readonly #parts: ProcessConnectorParts;
  /** Ports that connections wait for, and since when. */
  readonly #awaited = new Map<number, number>();

  constructor(parts: ProcessConnectorParts) {
    this.#parts = parts;
  }

  /**
   * @param signal - nobody waits for the connection any more
   * @throws ErrnoError `ECONNREFUSED` where the process doesn't listen in time; TunnelError `TUNNEL_LOST`; the signal's reason
   */
  async connect(port: number, signal: AbortSignal): Promise<ByteChannel> {
    const { clock, limitMs } = this.#parts;
    const begunAt = clock.now();
    for (;;) {
      const outcome = await this.#tryAll(port);
      if (typeof outcome === 'object') {
        this.#noteReached(port);
        return this.#parts.traffic.reached(outcome);
      }
      if (outcome === 'nobody listens') this.#noteAwaited(port);
      if (clock.now() - begunAt >= limitMs) throw new ErrnoError('ECONNREFUSED', `the command doesn't listen on port ${port}`);
      await clock.sleep(retryMs, signal);
    }
  }

  async #tryAll(port: number): Promise<ByteChannel | 'nobody listens' | 'too many at once'> {
    for (const address of this.#parts.addresses) {
      try {
        return await this.#parts.tunnel.connect({ address, port });
      } catch (error) {
        if (!(error instanceof ErrnoError)) throw error;
        if (error.errno === 'EAGAIN') return 'too many at once';
      }
    }
    return 'nobody listens';
  }

  #noteAwaited(port: number): void {
    if (this.#awaited.has(port)) return;
    const { clock, events, limitMs } = this.#parts;
    this.#awaited.set(port, clock.now());
    events({ kind: 'process-awaited', port, limitMs });
  }

  #noteReached(port: number): void {
    const since = this.#awaited.get(port);
    if (since === undefined) return;
    this.#awaited.delete(port);
    const { clock, events } = this.#parts;
    events({ kind: 'process-reached', port, afterMs: clock.now() - since });
  }
}
