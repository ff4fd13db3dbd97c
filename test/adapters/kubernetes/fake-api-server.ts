import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { KubernetesLocator } from '../../../src/adapters/kubernetes/kubernetes-locator.ts';
import type { KubernetesTimings } from '../../../src/adapters/kubernetes/kubernetes-timings.ts';
import type { ClusterPort } from '../../../src/domain/ports/cluster/cluster-port.ts';

/** One request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Number of the TCP connection, from 1. */
  readonly connection: number;
}

/** An answer: status and JSON, or what it does by itself. */
export type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>] | ((response: ServerResponse) => void);

/** An API server on loopback that answers what a test tells it to, port-forward included. */
export class FakeApiServer {
  readonly seen: SeenRequest[] = [];
  answer: (request: SeenRequest) => Answer = () => [404, { message: 'not found' }];
  /** A WebSocket that was asked for; status for a refusal. */
  upgrade: (request: IncomingMessage) => ((socket: WebSocket) => void) | readonly [status: number, body: unknown] = () => [404, {}];
  readonly #server: Server;
  readonly #scheme: string;
  readonly #sockets = new Map<Socket, number>();
  /** Subprotocols of WebSockets that it knows; the first that the client names is taken. */
  knownProtocols: readonly string[] = ['v4.channel.k8s.io'];
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (tokens) =>
      [...tokens].flatMap((token) => this.knownProtocols.filter((known) => asToken(known) === token))[0] ?? false,
  });

  constructor(tls?: { readonly key: string; readonly cert: string; readonly ca?: string }) {
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined
        ? createServer()
        : createTlsServer({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined });
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
      this.#sockets.set(socket, this.#sockets.size + 1),
    );
    this.#server.on('request', (request, response) => void this.#respond(request, response));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => this.#upgrade(request, socket, head));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen = this.#note(request, Buffer.concat(chunks).toString());
    const answer = this.answer(seen);
    if (typeof answer === 'function') return answer(response);
    const [status, body, headers] = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#note(request, '');
    const accepted = this.upgrade(request);
    request.headers['sec-websocket-protocol'] = asToken(request.headers['sec-websocket-protocol'] ?? '');
    if (typeof accepted === 'function') return this.#webSockets.handleUpgrade(request, socket, head, accepted);
    const [status, body] = accepted;
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
    );
  }

  #note(request: IncomingMessage, body: string): SeenRequest {
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers: { ...headers }, body, connection: this.#sockets.get(request.socket) ?? 0 };
    this.seen.push(seen);
    return seen;
  }
}

/** Names of subprotocols as ws takes them: no `/`. */
function asToken(protocols: string): string {
  return protocols.replaceAll('/', '-');
}

/** A Status as the API answers it. */
export function statusBody(code: number, message: string, extra: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...extra };
}

/** A kubeconfig with one context `test`; parts are merged into the cluster and user entries. */
export function kubeconfigText(server: string, user: object = { token: 'secret-token' }, cluster: object = {}): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'test',
  });
}

/** A cluster by that kubeconfig's file. */
export async function locate(
  kubeconfig: string,
  timings: Partial<KubernetesTimings> = {},
  environment: Record<string, string | undefined> = { PATH: process.env['PATH'] },
): Promise<ClusterPort> {
  return new KubernetesLocator({ environment, timings }).locate({ kubeconfig });
}

/** An HTTP proxy on loopback that serves CONNECT; counts the tunnels by destination. */
export class FakeProxy {
  readonly tunnels: string[] = [];
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();
  /** Answered to CONNECT. */
  status = '200 OK';

  constructor() {
    this.#server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
      this.tunnels.push(request.url ?? '');
      if (!this.status.startsWith('200')) {
        client.end(`HTTP/1.1 ${this.status}\r\n\r\n`);
        return;
      }
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const far = connect(Number(port), host, () => {
        client.write(`HTTP/1.1 ${this.status}\r\n\r\n`);
        far.write(head);
        far.pipe(client).pipe(far);
      });
      for (const socket of [client, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A SOCKS5 proxy on loopback (RFC 1928) without authentication, for IPv4 addresses. */
export class FakeSocksProxy {
  readonly tunnels: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createTcpServer((client) => {
    this.#sockets.add(client);
    client.on('error', () => client.destroy());
    client.once('data', () => {
      client.write(Uint8Array.of(5, 0));
      client.once('data', (request) => this.#connect(client, request));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `socks5://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, request: Buffer): void {
    const [host, port] = [[...request.subarray(4, 8)].join('.'), request.readUInt16BE(8)];
    this.tunnels.push(`${host}:${port}`);
    const far = connect(port, host, () => {
      client.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
      far.pipe(client).pipe(far);
    });
    this.#sockets.add(far);
    far.on('error', () => far.destroy());
  }
}
