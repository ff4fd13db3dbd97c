import { setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AcceptConnection, Connection, RejectConnection, ServerChannel, Session, TcpipBindInfo, TcpipRequestInfo } from 'ssh2';
import type { ErrnoError } from '../../../domain/errno-error.ts';
import { ChannelStream, type ChannelShares } from '../../../domain/protocol/channel-stream.ts';
import { formatDialRefusal } from '../../../domain/protocol/dial-refusal.ts';
import { subsystems } from '../../../domain/protocol/protocol.ts';
import { WindowBudget } from '../../../domain/protocol/receive-window.ts';
import { TransportPressure } from '../../../domain/protocol/transport-pressure.ts';
import type { AgentSettings } from './agent-settings.ts';
import { serveControl, type ControlDuties } from './control-subsystem.ts';
import { serveDns } from './dns-subsystem.ts';
import type { ExecKey } from './exec-key.ts';
import type { NameServer } from './name-server.ts';
import { readPodFacts } from './pod-facts-reader.ts';
import { PodListeners } from './pod-listeners.ts';
import { PodNames } from './pod-names.ts';
import { SocksServer } from './socks-server.ts';
import { asSshChannel, refuseChannel, transportOf } from './ssh2-internals.ts';
import { dialTcp } from './tcp-dial.ts';
import { relayTcp } from './tcp-relay.ts';
import { ToldQueue } from './told-queue.ts';
import { serveUdp } from './udp-subsystem.ts';

/** What all channels together may have waiting for the path. */
const transportLimitBytes = 524_288;

/** What may wait for programs of the pod that don't read: a small part of the container's memory limit. */
const windowBudgetBytes = 33_554_432;

/** What outlives a client's connection: a laptop that lost its path and comes back finds it as it was. */
export interface LastingServices {
  readonly names: NameServer;
  readonly execKey: ExecKey;
}

/** One authenticated client: its outgoing connections, its listening ports and its subsystems, all of which end with it. */
export class ClientSession {
  readonly #connection: Connection;
  readonly #settings: AgentSettings;
  readonly #lasting: LastingServices;
  readonly #shares: ChannelShares;
  readonly #listeners: PodListeners;
  readonly #told = new ToldQueue();
  readonly #names: PodNames;
  readonly #socks: SocksServer;
  readonly #ended = new AbortController();

  constructor(connection: Connection, settings: AgentSettings, lasting: LastingServices) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lasting = lasting;
    this.#names = new PodNames(settings, this.#told);
    this.#socks = new SocksServer(this.#names);
    lasting.names.tellTo(this.#told);
    const pressure = new TransportPressure(transportOf(connection), transportLimitBytes);
    this.#shares = { pressure, windows: new WindowBudget(windowBudgetBytes) };
    setMaxListeners(0, this.#ended.signal); // One for each dial and question under way; Node would warn of a leak.
    connection.on('tcpip', (accept, reject, target) => this.#dial(accept, reject, target));
    connection.on('session', (accept) => this.#openSession(accept()));
    this.#listeners = new PodListeners({ connection, stream: (channel) => this.#stream(channel), log: writeLog });
    connection.on('request', (accept, reject, name, info) => this.#listen(accept, reject, { name, info }));
    connection.on('close', () => {
      this.#ended.abort();
      this.#listeners.close();
      this.#socks.close();
      this.#names.close();
      this.#told.close();
    });
  }

  /** Ends the client's connections with a reset, and the client. */
  end(): void {
    this.#ended.abort();
    transportOf(this.#connection).destroy();
  }

  /** RFC 4254 §7.1. A refusal has no room for a reason: it goes to the pod's log. */
  #listen(accept: (() => void) | undefined, reject: (() => void) | undefined, request: { name: string; info: TcpipBindInfo }): void {
    const { name, info } = request;
    if (name === 'cancel-tcpip-forward') {
      this.#listeners.cancel(info);
      accept?.();
    } else if (name === 'tcpip-forward') {
      this.#listeners.listen(info).then(
        () => accept?.(),
        (error: Error) => {
          writeLog(`port ${info.bindPort} can't be bound: ${error.message}`);
          reject?.();
        },
      );
    } else reject?.();
  }

  #dial(accept: AcceptConnection<ServerChannel>, reject: RejectConnection, target: TcpipRequestInfo): void {
    dialTcp(target.destIP, target.destPort, this.#ended.signal).then(
      (dialled) => {
        if (this.#ended.signal.aborted) dialled.socket.destroy();
        else relayTcp(dialled, this.#stream(accept()));
      },
      (error: ErrnoError) => {
        if (!this.#ended.signal.aborted) refuseChannel(this.#connection, reject, formatDialRefusal(error));
      },
    );
  }

  #openSession(session: Session): void {
    session.on('subsystem', (accept, reject, { name }) => {
      const serve = this.#subsystem(name);
      if (serve) serve(this.#stream(accept()));
      else reject();
    });
  }

  #subsystem(name: string): ((stream: ChannelStream) => void) | undefined {
    if (name === subsystems.control) return (stream) => serveControl(stream, this.#controlDuties());
    if (name === subsystems.dns) return (stream) => serveDns(stream, this.#settings, this.#ended.signal);
    if (name === subsystems.udp) return (stream) => serveUdp(stream);
    return undefined;
  }

  #controlDuties(): ControlDuties {
    const settings = this.#settings;
    const { names, execKey } = this.#lasting;
    return {
      readFacts: () => readPodFacts(settings),
      becomeReady: () => writeFile(settings.servingFile, ''),
      openSocks: () => this.#socks.port(),
      openNames: () => names.open(),
      breakLoop: (external, isAssumed) => names.breakLoop(external, isAssumed),
      askOffice: (port, laptopNames) => names.askOffice(port, laptopNames),
      takeTold: (waitMs) => this.#told.take(waitMs),
      allowExec: (key) => execKey.allow(key),
    };
  }

  #stream(channel: ServerChannel): ChannelStream {
    return new ChannelStream(asSshChannel(channel), this.#shares);
  }
}

function writeLog(line: string): void {
  process.stderr.write(`inpod agent: ${line}\n`);
}
