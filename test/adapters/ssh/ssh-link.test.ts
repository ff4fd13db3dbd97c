import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SshLink } from '../../../src/adapters/ssh/ssh-link.ts';
import { connectSocket } from '../../../src/adapters/host/socket-channel.ts';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import { describeLinkPort } from '../../conformance/link-port.suite.ts';
import { startTestAgent, tcpCarrier, type TestAgent } from '../../support/link-agent.ts';
import { ChannelProbe } from '../../support/link-channel-probe.ts';
import { makeAnswer, startResolver } from '../../support/link-resolver.ts';

const never = new AbortController().signal;

describeLinkPort('SshLink', async () => {
  const resolver = await startResolver((query, transport) =>
    query.includes('silent') ? [] : [makeAnswer(query, 0, Buffer.from(transport))],
  );
  const agent = await startTestAgent({ dnsPort: resolver.port });
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, 'localhost');
  const udp = createSocket('udp4').on('message', (payload, from) => udp.send(payload, from.port, from.address));
  udp.bind(0, '127.0.0.1');
  const unused = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(echo, 'listening'), once(udp, 'listening'), once(unused, 'listening')]);
  const closedPort = (unused.address() as AddressInfo).port;
  await new Promise((resolve) => unused.close(resolve));
  const carried: ByteChannel[] = [];
  return {
    port: new SshLink(),
    carrier: {
      dial: async (signal) => {
        const channel = await connectSocket('127.0.0.1', agent.agent.port, signal);
        carried.push(channel);
        return channel;
      },
    },
    keys: agent.keys,
    tcpEchoPort: (echo.address() as AddressInfo).port,
    closedPort,
    udpEchoPort: udp.address().port,
    breakPath: () => carried.forEach((channel) => channel.reset({ errno: 'EPIPE', message: 'cut by the test' })),
    tearDown: async () => {
      echo.close();
      udp.close();
      await Promise.all([agent.close(), resolver.close()]);
    },
  };
});

describe('SshLink', () => {
  let agent: TestAgent;
  const servers: Server[] = [];
  afterEach(async () => {
    await agent.close();
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => onSocket(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  it('is refused with another client key', async () => {
    agent = await startTestAgent();
    const keys = { ...agent.keys, clientPrivateKey: new SshLink().generateKeys().clientPrivateKey };
    await expect(new SshLink().open(agent.carrier, keys, never)).rejects.toMatchObject({ code: 'LINK_FAILED', transient: false });
  });

  it('refuses another host key', async () => {
    agent = await startTestAgent();
    const keys = { ...agent.keys, agentPublicKey: new SshLink().generateKeys().agentPublicKey };
    await expect(new SshLink().open(agent.carrier, keys, never)).rejects.toMatchObject({ code: 'HOST_KEY_MISMATCH' });
  });

  it('fails for now where nobody answers, or something that is not SSH does', async () => {
    agent = await startTestAgent();
    const silent = await serve(() => undefined);
    const foreign = await serve((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const closing = await serve((socket) => socket.destroy());
    for (const port of [silent, foreign, closing]) {
      await expect(new SshLink({ readyTimeoutMs: 100 }).open(tcpCarrier(port), agent.keys, never)).rejects.toMatchObject({
        code: 'LINK_FAILED',
        transient: true,
      });
    }
  });

  it('passes on what the carrier throws', async () => {
    agent = await startTestAgent();
    const failure = new Error('no pod');
    await expect(new SshLink().open({ dial: () => Promise.reject(failure) }, agent.keys, never)).rejects.toBe(failure);
  });

  it('is replaced by a newer link with the same keys, and its connections are reset', async () => {
    agent = await startTestAgent();
    const sawReset = new Promise<string | undefined>(
      (resolve) => void serve((socket) => socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)).resume()).then(setPort),
    );
    let port = 0;
    function setPort(value: number): void {
      port = value;
    }
    const first = await agent.open();
    await expect.poll(() => port).toBeGreaterThan(0);
    const probe = new ChannelProbe(await first.dial({ host: '127.0.0.1', port }, never));
    const second = await agent.open();
    expect(await first.closed).toMatchObject({ code: 'LINK_LOST' });
    expect((await probe.closed)?.errno).toBe('EPIPE');
    expect(await sawReset).toBe('ECONNRESET');
    expect(second.podFacts.hosts).toContain('fixture');
  });

  it('delivers what came before a reset, even to a reader that was paused', async () => {
    agent = await startTestAgent();
    const port = await serve((socket) => {
      socket.write(Buffer.alloc(150_000, 1));
      socket.on('data', () => socket.resetAndDestroy());
    });
    const link = await agent.open();
    const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port }, never));
    probe.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    probe.channel.write(Buffer.from('x'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    probe.resume();
    expect((await probe.closed)?.errno).toBe('ECONNRESET');
    expect(probe.receivedBytes).toBe(150_000);
  });

  it('tells a reset from an end, though bytes lay before it that nobody had read', async () => {
    agent = await startTestAgent();
    const port = await serve((socket) => {
      socket.write(Buffer.alloc(300_000, 1));
      socket.on('data', () => socket.resetAndDestroy());
    });
    const link = await agent.open();
    const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port }, never));
    probe.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    probe.channel.write(Buffer.from('x'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    probe.resume();
    expect((await probe.closed)?.errno).toBe('ECONNRESET');
    expect(probe.log).not.toContain('ended');
  });

  /** A way to the agent that swallows everything once it is told to. */
  const deafRelay = async (): Promise<{ readonly port: number; deafen(): void }> => {
    agent = await startTestAgent();
    let isDeaf = false;
    const port = await serve((socket) => {
      void connectSocket('127.0.0.1', agent.agent.port, never).then((channel) => {
        channel.attach({
          data: (chunk) => isDeaf || socket.write(chunk),
          ended: () => socket.end(),
          drained: () => undefined,
          closed: () => socket.destroy(),
        });
        socket.on('data', (chunk) => isDeaf || channel.write(chunk));
        socket.on('close', () => channel.reset({ errno: 'EPIPE', message: 'gone' }));
      });
    });
    return { port, deafen: () => void (isDeaf = true) };
  };

  it('notices a silent path in the time that it was given', async () => {
    const relay = await deafRelay();
    const link = await new SshLink({ silenceMs: 300 }).open(tcpCarrier(relay.port), agent.keys, never);
    await new Promise((resolve) => setTimeout(resolve, 700));
    relay.deafen();
    expect(await link.closed).toMatchObject({ code: 'LINK_LOST', message: expect.stringContaining('0.3 s') });
  });

  it('that is asked for a proof goes on where the agent answers, again and again', async () => {
    const relay = await deafRelay();
    const link = await new SshLink({ silenceMs: 30_000 }).open(tcpCarrier(relay.port), agent.keys, never);
    for (let i = 0; i < 3; i++) await link.prove();
    expect(link.podFacts.protocolVersion).toBe(1);
    expect(link.openConnections).toBe(0);
    await link.close();
    await link.prove();
  });

  it('that is asked for a proof is closed where none comes', async () => {
    const relay = await deafRelay();
    const link = await new SshLink({ silenceMs: 1000 }).open(tcpCarrier(relay.port), agent.keys, never);
    relay.deafen();
    await link.prove();
    expect(await link.closed).toMatchObject({ code: 'LINK_LOST', message: expect.stringContaining('0.2 s') });
  });
});
