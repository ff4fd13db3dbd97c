import { describe, expect, it } from 'vitest';
import { connectSocket } from '../../../src/adapters/host/socket-channel.ts';
import { describeByteChannel } from '../../conformance/byte-channel.suite.ts';
import { PairServer } from '../../support/link-pairs.ts';

let server: PairServer;
const never = new AbortController().signal;

describeByteChannel('a socket of this machine', {
  halfClose: true,
  setUp: async () => {
    server = new PairServer();
    await server.listen();
  },
  connect: (keep) => server.connect(() => connectSocket('127.0.0.1', server.port, never), keep),
  tearDown: () => server.close(),
});

describe('connectSocket', () => {
  it('tells a reset from an end, though bytes lay before it that nobody had read', async () => {
    const own = new PairServer();
    await own.listen();
    const { near, far } = await own.connect(() => connectSocket('127.0.0.1', own.port, never));
    near.pause();
    far.channel.write(Buffer.alloc(100_000));
    near.channel.write(Buffer.from('x'));
    await far.received(1);
    far.channel.reset({ errno: 'ECONNRESET', message: 'test' });
    await far.closed;
    near.resume();
    expect(await near.closed).toMatchObject({ errno: 'ECONNRESET' });
    expect(near.log).not.toContain('ended');
    await own.close();
  });

  it('rejects with the errno of a refused connection', async () => {
    await expect(connectSocket('127.0.0.1', 1, never)).rejects.toMatchObject({ name: 'ErrnoError', errno: 'ECONNREFUSED' });
  });

  it('rejects with the errno of an unknown name', async () => {
    await expect(connectSocket('no-such-host.invalid', 80, never)).rejects.toMatchObject({ name: 'ErrnoError' });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const controller = new AbortController();
    const dialled = connectSocket('192.0.2.1', 80, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(dialled).rejects.toBe(reason);
    await expect(connectSocket('192.0.2.1', 80, controller.signal)).rejects.toBe(reason);
  });
});
