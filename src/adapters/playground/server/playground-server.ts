import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { joinChannels } from '../../../domain/channel-join.ts';
import { ObjectStore } from '../../../domain/playground/object-store.ts';
import { playgroundNamespaces } from '../../../domain/playground/sample-shop.ts';
import type { TunnelPort } from '../../../domain/ports/tunnel-port.ts';
import { LineSocket, type SocketToChannel } from '../line-socket.ts';
import { formatLine, parseRequest, toWireError, type PlaygroundRequest } from '../playground-protocol.ts';
import { playgroundSocket } from '../playground-socket-path.ts';
import { DeploymentController } from './deployment-controller.ts';
import { ObjectHost } from './object-host.ts';
import { listenOnSocket } from './playground-socket.ts';
import { RequestDesk } from './request-desk.ts';
import { startShop } from './sample-shop-pods.ts';

/** What a playground works with. */
export interface PlaygroundServerParts {
  /** Of this user's playground: socket, and the pods' files. Gone after `close`. */
  readonly folder: string;
  /** What makes the pods' namespaces. */
  readonly tunnel: TunnelPort;
  readonly asChannel: SocketToChannel;
}

/** A playground: objects, pods, and the socket that clients reach them by. */
export class PlaygroundServer {
  /** What there is. */
  readonly objects = new ObjectStore(randomUUID);
  /** Through which it changes. */
  readonly host: ObjectHost;
  /** Keeps pods. */
  readonly deployments: DeploymentController;
  readonly #folder: string;
  readonly #asChannel: SocketToChannel;
  readonly #desk: RequestDesk;
  readonly #connections = new Set<LineSocket>();
  #server: Server | undefined;

  /** @throws ClusterError `CONFLICT` where this user has one already; HostError `STATE_UNWRITABLE` */
  static async start(parts: PlaygroundServerParts): Promise<PlaygroundServer> {
    const playground = new PlaygroundServer(parts);
    playground.#server = await listenOnSocket(playgroundSocket(parts.folder), (socket) => void playground.#serve(socket));
    // What one that was killed left; its processes died with it.
    await rm(podsFolder(parts.folder), { recursive: true, force: true });
    return playground;
  }

  private constructor({ folder, tunnel, asChannel }: PlaygroundServerParts) {
    this.#folder = folder;
    this.#asChannel = asChannel;
    this.host = new ObjectHost({ objects: this.objects, tunnel, folder: podsFolder(folder), chance: Math.random, nowMs: Date.now });
    this.deployments = new DeploymentController(this.objects, this.host);
    const { objects, host, deployments } = this;
    this.#desk = new RequestDesk({ objects, host, deployments, namespaces: playgroundNamespaces });
  }

  /** Starts the sample shop. @param program - path of its bundled JavaScript file @throws as `startShop` */
  startShop(program: string): Promise<void> {
    return startShop(this.host, this.deployments, program);
  }

  /** Ends all pods, and takes the folder away. */
  async close(): Promise<void> {
    this.#server?.close();
    this.deployments.close();
    for (const connection of this.#connections) connection.destroy();
    await this.host.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #serve(socket: Socket): Promise<void> {
    const connection = new LineSocket(socket);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    try {
      const line = await connection.readLine();
      if (line === undefined) return connection.destroy();
      await this.#answer(connection, parseRequest(line));
    } catch (error) {
      connection.write(formatLine({ kind: 'error', error: toWireError(error) }));
      connection.end();
    }
  }

  async #answer(connection: LineSocket, request: PlaygroundRequest): Promise<void> {
    if (request.op === 'dial') return this.#dial(connection, request);
    const result = await this.#desk.answer(request, {
      progress: (progress) => connection.write(formatLine({ kind: 'progress', progress })),
      signal: connection.gone,
    });
    connection.write(formatLine({ kind: 'result', result }));
    connection.end();
  }

  async #dial(connection: LineSocket, request: Extract<PlaygroundRequest, { op: 'dial' }>): Promise<void> {
    const agent = await this.#desk.dialAgent(request);
    if (connection.gone.aborted) return agent.reset({ errno: 'ECONNRESET', message: 'the client went away' });
    connection.write(formatLine({ kind: 'result', result: null }));
    void joinChannels(agent, connection.takeOver(this.#asChannel));
  }
}

function podsFolder(folder: string): string {
  return join(folder, 'pods');
}
