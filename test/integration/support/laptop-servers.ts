import { createHash, randomBytes } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { WebSocketServer } from 'ws';

/** A server on the laptop's 127.0.0.1. */
export interface LaptopServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What `GET /bytes` answers, over either version of HTTP. */
export const someBytes = randomBytes(20_000_000);
export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `GET /bytes`: `someBytes`; `POST`: the hash of what was sent; else a short text. And a WebSocket that gives back each message. */
export async function startHttp(): Promise<LaptopServer> {
  const server = createHttpServer(answerHttp);
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
  webSockets.on('connection', (socket) => socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary })));
  const port = await listen(server);
  return {
    port,
    close() {
      server.closeAllConnections();
      for (const socket of webSockets.clients) socket.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The same over HTTP/2 without TLS; and calls in gRPC's form, given back as they are. */
export async function startHttp2(): Promise<LaptopServer> {
  const server = createHttp2Server((request, response) => {
    if (request.headers['content-type'] === 'application/grpc') void answerCall(request, response);
    else answerHttp(request, response);
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const port = await listen(server);
  return {
    port,
    close() {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answerHttp(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
  if (request.url === '/bytes') {
    (response as ServerResponse).end(someBytes);
  } else if (request.method === 'POST') {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => (response as ServerResponse).end(hash.digest('hex')));
  } else {
    (response as ServerResponse).end('hello');
  }
}

async function answerCall(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  response.writeHead(200, { 'content-type': 'application/grpc' });
  response.addTrailers({ 'grpc-status': '0' });
  response.end(Buffer.concat(parts));
}

function listen(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
