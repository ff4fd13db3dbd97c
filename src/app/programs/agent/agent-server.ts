import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext, Connection, ParsedKey } from 'ssh2';
import { HostError } from '../../../domain/errors.ts';
import { agentUser } from '../../../domain/protocol/protocol.ts';
import type { AgentSettings } from './agent-settings.ts';
import { ClientSession, type LastingServices } from './client-session.ts';
import { corkPerTurn } from './cork-per-turn.ts';
import { ExecKey } from './exec-key.ts';
import { countTraffic } from './garbage-limit.ts';
import { NameServer } from './name-server.ts';
import { serveExec } from './serve-exec.ts';
import { transportOf } from './ssh2-internals.ts';

/** Sidecars reach the port as well: who doesn't authenticate in time is cut, and of too many the oldest. */
const authenticationMs = 10_000;
const maxStrangers = 16;

/** A client that is silent for longer is gone; a laptop looks for itself much sooner. */
const keepalive = { keepaliveInterval: 30_000, keepaliveCountMax: 4 } as const;

/** An agent that listens. */
export interface RunningAgent {
  readonly port: number;
  /** Stops listening and resets all connections. */
  close(): Promise<void>;
}

/**
 * Listens on the loopback and writes the `listening` file.
 * @throws (rejects) HostError `STATE_UNWRITABLE` where a key file holds no key; else the system's error for files and the port
 */
export async function startAgent(settings: AgentSettings): Promise<RunningAgent> {
  const [hostKey, clientKeyText] = await Promise.all([readFile(settings.hostKeyFile), readFile(settings.clientKeyFile)]);
  const clientKey = parsePublicKey(clientKeyText, settings.clientKeyFile);
  const agent = new AgentServer(settings, hostKey, clientKey);
  await agent.listen();
  await writeFile(settings.listeningFile, `${agent.port}\n`);
  return agent;
}

function parsePublicKey(text: Buffer, path: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error)
    throw new HostError({ code: 'STATE_UNWRITABLE', message: `${path} holds no public key: ${key.message}`, cause: key });
  return key;
}

/** The SSH server: public-key authentication; one client at a time, and connections that run commands where the client lets them. */
class AgentServer implements RunningAgent {
  readonly #settings: AgentSettings;
  readonly #clientKey: ParsedKey;
  readonly #ssh: ssh2.Server;
  readonly #tcp: TcpServer;
  /** Connections that are not authenticated yet, oldest first. */
  readonly #strangers = new Map<Socket, NodeJS.Timeout>();
  readonly #lasting: LastingServices;
  #session: ClientSession | undefined;
  /** Connections that may run commands. */
  readonly #execs = new Set<Connection>();

  constructor(settings: AgentSettings, hostKey: Buffer, clientKey: ParsedKey) {
    this.#settings = settings;
    this.#clientKey = clientKey;
    this.#lasting = { names: new NameServer(settings), execKey: new ExecKey() };
    const algorithms: ssh2.Algorithms = {
      kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
      serverHostKey: ['ssh-ed25519'],
      compress: ['none'],
    };
    this.#ssh = new ssh2.Server({ hostKeys: [hostKey], algorithms, ...keepalive }, (connection) => this.#greet(connection));
    this.#tcp = createServer({ noDelay: true }, (socket) => this.#admit(socket));
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tcp.once('error', reject);
      this.#tcp.listen(this.#settings.port, '127.0.0.1', () => resolve());
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    this.#session?.end();
    this.#lasting.names.close();
    for (const connection of this.#execs) transportOf(connection).destroy();
    for (const socket of this.#strangers.keys()) socket.destroy();
    await closed;
  }

  #admit(socket: Socket): void {
    this.#strangers.set(
      socket,
      setTimeout(() => socket.destroy(), authenticationMs),
    );
    socket.once('close', () => this.#forget(socket));
    // An error is always followed by close, which ends what belongs to the socket.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => countTraffic(chunk.length));
    corkPerTurn(socket);
    const [oldest] = this.#strangers.keys();
    if (this.#strangers.size > maxStrangers) oldest?.destroy();
    this.#ssh.injectSocket(socket);
  }

  #forget(socket: Socket): void {
    clearTimeout(this.#strangers.get(socket));
    this.#strangers.delete(socket);
  }

  #greet(connection: Connection): void {
    const socket = transportOf(connection);
    // Broken packets and time-outs concern this connection alone.
    connection.on('error', () => socket.destroy());
    let key: ParsedKey | undefined;
    connection.on('authentication', (context) => (key = this.#authenticate(context)));
    connection.on('ready', () => {
      this.#forget(socket);
      if (key === this.#clientKey) this.#replaceClient(connection);
      else this.#admitExec(connection);
    });
  }

  /** @returns the key that did, or would do */
  #authenticate(context: AuthContext): ParsedKey | undefined {
    const key = [this.#clientKey, this.#lasting.execKey.key].find((one) => one && isFor(context, one));
    if (!key || context.method !== 'publickey') return reject(context);
    // Without a signature the client only asks whether the key would do. ssh2 returns an Error for a signature of the wrong form, whatever its types say.
    const verdict: unknown = context.signature ? key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) : true;
    if (verdict !== true) return reject(context);
    context.accept();
    return key;
  }

  #admitExec(connection: Connection): void {
    this.#execs.add(connection);
    connection.on('close', () => this.#execs.delete(connection));
    serveExec(connection);
  }

  /** The same laptop after a lost path: what its former connection still holds is of no use to it. */
  #replaceClient(connection: Connection): void {
    const former = this.#session;
    this.#session = new ClientSession(connection, this.#settings, this.#lasting);
    former?.end();
  }
}

function isFor(context: AuthContext, key: ParsedKey): boolean {
  return context.method === 'publickey' && context.username === agentUser && context.key.data.equals(key.getPublicSSH());
}

function reject(context: AuthContext): undefined {
  context.reject(['publickey']);
}
