import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { fc, it } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { SocksServer } from '../../../../src/app/programs/agent/socks-server.ts';
import { ErrnoError } from '../../../../src/domain/errno-error.ts';

/** A client's life: what it says, and how it goes. */
interface Life {
  readonly opening: readonly number[];
  readonly isConnect: boolean;
  readonly rest: Uint8Array;
  readonly end: 'end' | 'reset' | 'destroy';
}

const life: fc.Arbitrary<Life> = fc.record({
  // None that what follows by chance makes a request to some address of the world.
  opening: fc.constantFrom([], [5, 1, 0], [5, 1, 0, 5, 1, 0, 9], [5, 1, 2], [4, 1]),
  isConnect: fc.boolean(),
  rest: fc.uint8Array({ maxLength: 200 }),
  end: fc.constantFrom('end', 'reset', 'destroy' as const),
});

describe('the SOCKS server of a pod, on real sockets', () => {
  let echo: Server;
  const unknown = (): Promise<never> => Promise.reject(new ErrnoError('ENOTFOUND', 'no names'));
  const socks = new SocksServer({ resolve: unknown, resolvePtr: unknown });
  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(echo, 'listening');
    await socks.port();
  });
  afterAll(() => {
    echo.close();
    socks.close();
  });

  it.prop([fc.array(life, { minLength: 1, maxLength: 8 })], { numRuns: 60 })(
    'keeps no socket of clients that went, whatever they sent',
    async (lives) => {
      const before = openSockets();
      const { port } = echo.address() as AddressInfo;
      await Promise.all(lives.map((one) => live(one, port)));
      await expect.poll(openSockets, { interval: 5, timeout: 5000 }).toBe(before);
    },
  );

  async function live({ opening, isConnect, rest, end }: Life, port: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: await socks.port(), allowHalfOpen: true });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.resume();
    socket.write(Uint8Array.from(opening));
    if (isConnect) socket.write(Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 0xff));
    socket.write(rest);
    if (end === 'end') socket.end();
    else if (end === 'reset') socket.resetAndDestroy();
    else socket.destroy();
    await closed;
  }
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
