import { ErrnoError } from '../../domain/errno-error.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { Listener } from '../../domain/ports/listener.ts';
import type { TunnelLease } from '../../domain/ports/tunnel-port.ts';
import { publishChanges } from '../../domain/session/published-ports.ts';
import type { EventSink } from '../../domain/session/session-event.ts';
import type { ProcessConnector } from './process-connector.ts';
import { relayConnection } from './relay-connection.ts';

/** What publishing needs. */
export interface PublisherParts {
  readonly tunnel: Pick<TunnelLease, 'listening'>;
  readonly host: Pick<HostNetworkPort, 'listen'>;
  readonly process: Pick<ProcessConnector, 'connect'>;
  readonly clock: ClockPort;
  readonly events: EventSink;
  /** Ports on which inpod itself listens in the process's network. */
  readonly ownPorts: ReadonlySet<number>;
}

const laptop = '127.0.0.1';

/** The kernel tells nobody when a socket begins to listen: its table is read this often. */
const lookMs = 250;

/** Puts what the process listens on on the laptop's localhost, while it listens. */
export class PortPublisher {
  readonly #parts: PublisherParts;
  /** Without a listener: it couldn't be had. */
  readonly #published = new Map<number, Listener | undefined>();
  readonly #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#watching = this.#watch();
  }

  /** What was accepted goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await Promise.all([...this.#published.values()].flatMap((listener) => listener?.close() ?? []));
  }

  async #watch(): Promise<void> {
    const { clock, tunnel, ownPorts } = this.#parts;
    const signal = this.#stop.signal;
    while (!signal.aborted) {
      const { publish, withdraw } = publishChanges(await tunnel.listening(), ownPorts, new Set(this.#published.keys()));
      for (const port of withdraw) await this.#withdraw(port);
      for (const port of publish) await this.#publish(port);
      await clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }

  /** A port that this machine can't give at all is told, and looked at again once the process listens anew. */
  async #publish(port: number): Promise<void> {
    const { events } = this.#parts;
    const listener = await this.#listen(port).catch((error: Error) => {
      events({
        kind: 'warning',
        code: 'PORT_UNAVAILABLE',
        message: `port ${port} of your command can't be published here: ${error.message}`,
      });
      return undefined;
    });
    this.#published.set(port, listener);
    if (listener) events({ kind: 'port-published', port, laptopPort: listener.port });
  }

  /** The same port where it is free and allowed; else any. */
  async #listen(port: number): Promise<Listener> {
    const { host, process } = this.#parts;
    const listen = (laptopPort: number): Promise<Listener> =>
      host.listen(laptop, laptopPort, (channel) => void relayConnection(channel, (signal) => process.connect(port, signal)));
    try {
      return await listen(port);
    } catch (error) {
      if (error instanceof ErrnoError) return listen(0);
      throw error;
    }
  }

  async #withdraw(port: number): Promise<void> {
    const listener = this.#published.get(port);
    this.#published.delete(port);
    if (!listener) return;
    await listener.close();
    this.#parts.events({ kind: 'port-withdrawn', port, laptopPort: listener.port });
  }
}
