import { setMaxListeners } from 'node:events';
import type { Client, ClientChannel } from 'ssh2';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ToldNames } from '../../domain/dns/told-name.ts';
import { ErrnoError } from '../../domain/errno-error.ts';
import { TunnelError } from '../../domain/errors.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { DatagramChannel, DialTarget, Link, PodNameServer, PodPortScope } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import { ChannelStream, type ChannelShares, type SshChannel } from '../../domain/protocol/channel-stream.ts';
import { parseDialRefusal } from '../../domain/protocol/dial-refusal.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { subsystems } from '../../domain/protocol/protocol.ts';
import { WindowBudget } from '../../domain/protocol/receive-window.ts';
import { TransportPressure } from '../../domain/protocol/transport-pressure.ts';
import type { CarrierDuplex } from './carrier-duplex.ts';
import {
  askDnsLoop,
  askNameServer,
  askPodFacts,
  askSocksPort,
  askToldNames,
  tellExecKey,
  tellOffice,
  tellServing,
} from './control-client.ts';
import { DatagramClient } from './datagram-client.ts';
import { DnsClient } from './dns-client.ts';
import { PodPorts } from './pod-ports.ts';

/** What all channels together may have waiting for the carrier. */
const transportLimitBytes = 524_288;

/** What may wait for local programs that don't read. */
const windowBudgetBytes = 134_217_728;

/** How long a farewell may take before the stream is cut. */
const farewellMs = 1000;

/** RFC 4254 §5.1: the agent tried to connect and failed. */
const connectFailed = 2;

/** A link over one authenticated SSH connection. */
export class SshConnection implements Link {
  readonly #client: Client;
  readonly #transport: CarrierDuplex;
  readonly #pressure: TransportPressure;
  readonly #shares: ChannelShares;
  readonly #ports: PodPorts;
  readonly #silenceMs: number;
  readonly #closed = deferred<Error | undefined>();
  readonly closed = this.#closed.promise;
  #isClosing = false;
  #isGone = false;
  #openConnections = 0;
  #cause: Error | undefined;
  #facts: PodFacts | undefined;
  #dns: DnsClient | undefined;
  #datagrams: DatagramClient | undefined;
  #socksPort: Promise<number> | undefined;

  private constructor(client: Client, transport: CarrierDuplex, silenceMs: number) {
    this.#client = client;
    this.#transport = transport;
    this.#silenceMs = silenceMs;
    this.#pressure = new TransportPressure(transport, transportLimitBytes);
    this.#shares = { pressure: this.#pressure, windows: new WindowBudget(windowBudgetBytes) };
    this.#ports = new PodPorts(client, (channel) => this.#openStream(channel));
    client.on('error', (error) => {
      this.#cause ??= error;
      transport.destroy();
    });
    const watch = watchSilence(transport, silenceMs);
    client.once('close', () => {
      clearInterval(watch);
      this.#isGone = true; // ssh2 ends the channels after this: their number stays as it is now.
      this.#closed.resolve(this.#isClosing ? undefined : this.#lost());
    });
  }

  /**
   * Opens the subsystems and asks the pod's facts.
   * @param silenceMs - without a single byte for so long the link counts as lost
   * @throws (rejects) TunnelError `PROTOCOL_MISMATCH`, `LINK_FAILED`, `LINK_LOST`
   */
  static async start(client: Client, transport: CarrierDuplex, silenceMs: number): Promise<SshConnection> {
    const connection = new SshConnection(client, transport, silenceMs);
    const [facts] = await Promise.all([
      connection.#openSubsystem(subsystems.control, askPodFacts),
      connection.#openSubsystem(subsystems.dns, (channel) => void (connection.#dns = new DnsClient(channel))),
      connection.#openSubsystem(subsystems.udp, (channel) => void (connection.#datagrams = new DatagramClient(channel))),
    ]);
    connection.#facts = facts;
    return connection;
  }

  get podFacts(): PodFacts {
    if (!this.#facts) throw this.#lost();
    return this.#facts;
  }

  get openConnections(): number {
    return this.#openConnections;
  }

  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let isAbandoned = false;
      const abandon = (): void => {
        isAbandoned = true;
        reject(signal.reason);
      };
      setMaxListeners(0, signal); // Many dials may share one signal; Node would warn of a leak.
      signal.addEventListener('abort', abandon, { once: true });
      this.#openChannel(target, (error, stream) => {
        signal.removeEventListener('abort', abandon);
        if (error) reject(error);
        else if (stream && isAbandoned) stream.reset({ errno: 'ECONNABORTED', message: 'nobody waits for this connection any more' });
        else if (stream) resolve(stream);
      });
    });
  }

  openDatagrams(target: DialTarget): DatagramChannel {
    const address = IpAddress.parse(target.host);
    if (!address) throw new ErrnoError('EADDRNOTAVAIL', `${target.host} is no address`);
    if (!this.#datagrams) throw this.#lost();
    return this.#datagrams.open({ address, port: target.port });
  }

  async listen(scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener> {
    try {
      return await this.#ports.listen(scope, port, accept);
    } catch (error) {
      throw error instanceof ErrnoError && !this.#pressure.failure ? error : this.#lost(error);
    }
  }

  async queryDns(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array> {
    if (!this.#dns) throw this.#lost();
    return this.#dns.query(message, transport, signal);
  }

  announceServing(): Promise<void> {
    return this.#askAgent(tellServing);
  }

  allowExec(publicKey: string): Promise<void> {
    return this.#askAgent((channel) => tellExecKey(channel, publicKey));
  }

  openNameServer(): Promise<PodNameServer> {
    return this.#askAgent(askNameServer);
  }

  breakDnsLoop(external: string, isAssumed: boolean): Promise<boolean> {
    return this.#askAgent((channel) => askDnsLoop(channel, { external, isAssumed }));
  }

  askOffice(port: number, laptopNames: readonly string[]): Promise<void> {
    return this.#askAgent((channel) => tellOffice(channel, { port, laptopNames }));
  }

  namesTold(waitMs: number): Promise<ToldNames> {
    return this.#askAgent((channel) => askToldNames(channel, waitMs));
  }

  async openSocks(signal: AbortSignal): Promise<ByteChannel> {
    this.#socksPort ??= this.#askAgent(askSocksPort).catch((error: unknown) => {
      this.#socksPort = undefined;
      throw error;
    });
    return this.dial({ host: '127.0.0.1', port: await abortable(this.#socksPort, signal) }, signal);
  }

  async prove(): Promise<void> {
    const withinMs = this.#silenceMs / 5;
    const timer = setTimeout(() => this.#transport.destroy(silent(withinMs)), withinMs);
    // Any answer is one, also that there is none to be had.
    const answered = this.#openSubsystem(subsystems.control, (channel) => askPodFacts(channel).finally(() => channel.end())).catch(
      () => undefined,
    );
    await Promise.race([answered, this.closed]);
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#pressure.fail({ errno: 'ECONNABORTED', message: 'the link was closed' });
    this.#client.end();
    const cut = setTimeout(() => this.#transport.destroy(), farewellMs);
    if (this.#transport.destroyed) this.#closed.resolve(undefined);
    await this.closed;
    clearTimeout(cut);
  }

  #openChannel(target: DialTarget, done: (error: Error | undefined, stream?: ChannelStream) => void): void {
    try {
      // The origin is ours to choose and nobody's to use (RFC 4254 §7.2).
      this.#client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, channel) => {
        if (error) done(this.#dialError(error));
        else done(undefined, this.#openStream(channel));
      });
    } catch (error) {
      done(this.#lost(error)); // ssh2 throws where its stream has ended.
    }
  }

  #openStream(channel: ClientChannel): ChannelStream {
    this.#openConnections += 1;
    return this.#stream(channel, () => {
      if (!this.#isGone) this.#openConnections -= 1;
    });
  }

  async #askAgent<T>(ask: (channel: ByteChannel) => Promise<T>): Promise<T> {
    try {
      return await this.#openSubsystem(subsystems.control, ask);
    } catch (error) {
      throw this.#pressure.failure ? this.#lost(error) : error;
    }
  }

  #openSubsystem<T>(name: string, attach: (channel: ByteChannel) => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#client.subsys(name, (error, channel) => {
        if (error) reject(this.#pressure.failure ? this.#lost(error) : subsystemRefused(name, error));
        else resolve(attach(this.#stream(channel)));
      });
    });
  }

  #stream(channel: ClientChannel, finished?: () => void): ChannelStream {
    // ssh2's types leave the channel's states out.
    return new ChannelStream(channel as unknown as SshChannel, this.#shares, finished);
  }

  #dialError(error: Error & { readonly reason?: unknown }): Error {
    if (this.#pressure.failure || typeof error.reason !== 'number') return this.#lost(error);
    const description = error.message.replace(/^\(SSH\) Channel open failure: /, '');
    if (error.reason === connectFailed) return parseDialRefusal(description);
    return new ErrnoError('EACCES', `the agent refused the connection: ${description || `reason ${error.reason}`}`);
  }

  #lost(cause: unknown = this.#cause): TunnelError {
    const why = this.#cause?.message ?? 'the stream to the pod ended';
    return new TunnelError({ code: 'LINK_LOST', message: `the link to the agent was lost: ${why}`, transient: true, cause });
  }
}

/** Ends a transport on which nothing arrived in three looks in a row; a process that itself was stopped for a while has missed only one. */
function watchSilence(transport: CarrierDuplex, silenceMs: number): NodeJS.Timeout {
  let seen = transport.arrivals;
  let silentLooks = 0;
  return setInterval(() => {
    silentLooks = transport.arrivals === seen ? silentLooks + 1 : 0;
    seen = transport.arrivals;
    if (silentLooks < 3) return;
    transport.destroy(silent(silenceMs));
  }, silenceMs / 3);
}

function silent(forMs: number): TunnelError {
  return new TunnelError({ code: 'LINK_LOST', message: `nothing came from the pod for ${forMs / 1000} s`, transient: true });
}

function subsystemRefused(name: string, cause: Error): TunnelError {
  const message = `the agent in the pod has no subsystem ${name}`;
  return new TunnelError({
    code: 'PROTOCOL_MISMATCH',
    message,
    hint: 'the agent was made by another version: make it anew with this one',
    cause,
  });
}
