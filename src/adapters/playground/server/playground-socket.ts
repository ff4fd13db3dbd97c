import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ClusterError, HostError } from '../../../domain/errors.ts';
import { PlaygroundClient } from '../playground-client.ts';

/** How long a playground that accepts may take to say who it is. */
const helloLimitMs = 3000;

/**
 * Listens on the playground's socket, which its user alone may reach. One that a dead playground left is replaced.
 * @param accept - gets each connection, half-open allowed
 * @throws ClusterError `CONFLICT` where this user has a playground that runs; HostError `STATE_UNWRITABLE`
 */
export async function listenOnSocket(socketPath: string, accept: (socket: Socket) => void): Promise<Server> {
  try {
    await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
    await chmod(dirname(socketPath), 0o700);
    const holder = await greet(socketPath);
    if (holder !== undefined) throw alreadyThere(holder);
    await rm(socketPath, { force: true });
    const server = await listen(socketPath, accept);
    await chmod(socketPath, 0o600);
    return server;
  } catch (error) {
    throw error instanceof ClusterError ? error : unwritable(socketPath, error);
  }
}

function listen(path: string, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.once('error', reject);
    server.listen({ path }, () => resolve(server.off('error', reject)));
  });
}

/** @returns the process of the playground that serves the socket, or a word for whoever else does; `undefined` where nobody does */
async function greet(socketPath: string): Promise<string | undefined> {
  try {
    const { pid } = await new PlaygroundClient(socketPath).call<'hello'>(
      { op: 'hello', kubeNamespace: '' },
      AbortSignal.timeout(helloLimitMs),
    );
    return `process ${pid}`;
  } catch (error) {
    const isNobody = error instanceof ClusterError && error.code === 'API_UNREACHABLE';
    return isNobody ? undefined : 'another program';
  }
}

function alreadyThere(holder: string): ClusterError {
  return new ClusterError({
    code: 'CONFLICT',
    message: `you have a playground that runs already (${holder})`,
    hint: 'use that one: inpod run --context playground; or end it first',
  });
}

function unwritable(socketPath: string, cause: unknown): HostError {
  return new HostError({
    code: 'STATE_UNWRITABLE',
    message: `the playground can't listen on ${socketPath}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'make its folder writable, or set XDG_STATE_HOME to another; the whole path may have 107 bytes at most',
    cause,
  });
}
