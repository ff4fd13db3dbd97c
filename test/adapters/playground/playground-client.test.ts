import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channelOfUnixSocket } from '../../../src/adapters/host/socket-channel.ts';
import { PlaygroundClient } from '../../../src/adapters/playground/playground-client.ts';
import { PlaygroundLocator } from '../../../src/adapters/playground/playground-locator.ts';
import { formatLine } from '../../../src/adapters/playground/playground-protocol.ts';
import { listenOnSocket } from '../../../src/adapters/playground/server/playground-socket.ts';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';

const never = new AbortController().signal;
const here = { kubeNamespace: 'shop' };
let folder: string;
let path: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inpod-client-'));
  path = join(folder, 'playground', 'socket');
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers each request by `answer`. */
async function serve(answer: (socket: Socket, request: string) => void): Promise<void> {
  const accept = (socket: Socket): void => {
    socket.on('error', () => undefined);
    socket.once('data', (line) => answer(socket, String(line)));
  };
  servers.push(await listenOnSocket(path, accept));
}

const result = (value: unknown): string => formatLine({ kind: 'result', result: value });
const dial = (): Promise<ByteChannel> => new PlaygroundClient(path).dial({ op: 'dial', ...here, podName: 'a' }, channelOfUnixSocket, never);

describe('PlaygroundClient', () => {
  it('gives the result, and progress as it comes, however the bytes are cut', async () => {
    const scheduled = { step: 'scheduled', detail: 'on this machine — ü' } as const;
    const bytes = Buffer.from(formatLine({ kind: 'progress', progress: scheduled }) + result({ name: 'a', uid: 'b' }));
    await serve((socket) => bytes.forEach((byte, i) => setTimeout(() => socket.write(Buffer.of(byte)), i / 20)));
    const steps: unknown[] = [];
    const request = { op: 'renew-lease', ...here, name: 'a' } as const;
    await expect(new PlaygroundClient(path).call<'renew-lease'>(request, never, (step) => steps.push(step))).resolves.toEqual({
      name: 'a',
      uid: 'b',
    });
    expect(steps).toEqual([scheduled]);
  });

  it('says that none runs, or that it ended', async () => {
    const ask = (): Promise<unknown> => new PlaygroundClient(path).call<'ranges'>({ op: 'ranges', ...here }, never);
    const hint = expect.stringContaining('inpod playground');
    await expect(ask()).rejects.toMatchObject({ code: 'API_UNREACHABLE', message: 'no playground runs', hint });
    await serve((socket) => socket.end('{"version":1,"kind":"re'));
    await expect(ask()).rejects.toMatchObject({ code: 'API_UNREACHABLE', message: 'the playground ended', hint });
  });

  it('leaves at once when it is cancelled', async () => {
    let left: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (left = resolve));
    await serve((socket) => socket.on('end', left));
    const cancel = new AbortController();
    const asked = new PlaygroundClient(path).call<'ranges'>({ op: 'ranges', ...here }, cancel.signal);
    setTimeout(() => cancel.abort(), 50);
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
    await gone;
  });

  it('becomes the dialled stream, whose first bytes may come with the answer', async () => {
    await serve((socket) => {
      socket.write(`${result(null)}SSH-2.0`);
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('end', () => socket.end());
    });
    const channel = await dial();
    let text = '';
    const closed = new Promise((resolve) =>
      channel.attach({
        data: (chunk) => void (text += String(Buffer.from(chunk))),
        ended: () => undefined,
        drained: () => undefined,
        closed: resolve,
      }),
    );
    channel.write(Buffer.from(' and an echo'));
    channel.end();
    expect(await closed).toBeUndefined();
    expect(text).toBe('SSH-2.0 and an echo');
  });

  it('takes an agent that says nothing for one that is not there yet', async () => {
    await serve((socket) => socket.end(result(null)));
    await expect(dial()).rejects.toMatchObject({ code: 'LINK_FAILED', transient: true });
  });
});

describe('PlaygroundCluster, where the playground has ended', () => {
  it('has nothing left to delete, and no pod', async () => {
    const cluster = await new PlaygroundLocator({ socketPath: path, userName: 'ann', asChannel: channelOfUnixSocket }).locate({});
    await expect(cluster.deleteLease('inpod-abcde', never)).resolves.toBeUndefined();
    await expect(cluster.carrierTo('a').dial(never)).rejects.toMatchObject({ code: 'POD_GONE' });
    await expect(cluster.renewLease('inpod-abcde', never)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  });

  it('has nothing to give back, and nothing to take', async () => {
    const { workloads } = await new PlaygroundLocator({ socketPath: path, userName: 'ann', asChannel: channelOfUnixSocket }).locate({});
    const mark = { version: 1, lease: 'inpod-abcde', holder: 'ann@laptop', replicas: 1 } as const;
    const hold = { kind: 'Deployment', name: 'web', mark, replicasOwners: [] } as const;
    await expect(workloads?.giveBackWorkload(hold, never)).resolves.toBe('left-alone');
    await expect(workloads?.endOrphans('abcde', never)).resolves.toBeUndefined();
    await expect(workloads?.markWorkload(hold, never)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  });

  it('knows no other user', async () => {
    const locating = new PlaygroundLocator({ socketPath: path, userName: 'ann', asChannel: channelOfUnixSocket }).locate({
      impersonate: 'bob',
    });
    await expect(locating).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('bob') });
  });
});

describe('listenOnSocket', () => {
  it('lets its user in alone', async () => {
    await serve(() => undefined);
    expect([statSync(join(path, '..')).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('refuses a second playground by the process of the first', async () => {
    await serve((socket) => socket.end(result({ pid: 4711 })));
    await expect(listenOnSocket(path, () => undefined)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('4711'),
    });
  });

  it('replaces what a dead one left', async () => {
    await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve)); // which also takes the socket away
    writeFileSync(path, '');
    await serve((socket) => socket.end(result([])));
    await expect(new PlaygroundClient(path).call<'ranges'>({ op: 'ranges', ...here }, never)).resolves.toEqual([]);
  });

  it('says why it cannot', async () => {
    const tooLong = join(folder, 'x'.repeat(120), 'socket');
    await expect(listenOnSocket(tooLong, () => undefined)).rejects.toMatchObject({
      code: 'STATE_UNWRITABLE',
      hint: expect.stringContaining('107 bytes'),
    });
  });
});
