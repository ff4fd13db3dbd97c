import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { SshLink } from '../../../../src/adapters/ssh/ssh-link.ts';
import type { Link } from '../../../../src/domain/ports/link-port.ts';
import { deferred } from '../../../../src/domain/promises.ts';
import { makeAgentFiles, tcpCarrier, type TestAgentFiles } from '../../../support/link-agent.ts';
import { ChannelProbe } from '../../../support/link-channel-probe.ts';
import { makeQuery, startResolver } from '../../../support/link-resolver.ts';

const never = new AbortController().signal;
const MiB = 1_048_576;
/** As it was built. */
const program = join(import.meta.dirname, '../../../../dist/agent.cjs');

describe('the agent as one file, started as a pod starts it', () => {
  let files: TestAgentFiles;
  let child: ChildProcess;
  let stderr = '';

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await files.remove();
  });

  function start(overrides: Record<string, string> = {}): void {
    const { settings } = files;
    stderr = '';
    child = spawn(process.execPath, [program], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        INPOD_AGENT_PORT: '0',
        INPOD_AGENT_HOST_KEY: settings.hostKeyFile,
        INPOD_AGENT_CLIENT_KEY: settings.clientKeyFile,
        INPOD_AGENT_ENVIRONMENT: settings.environmentFile,
        INPOD_AGENT_LISTENING: settings.listeningFile,
        INPOD_AGENT_RESOLV_CONF: settings.resolvConfFile,
        INPOD_AGENT_HOSTS: settings.hostsFile,
        ...overrides,
      },
    });
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  }

  async function port(): Promise<number> {
    await expect.poll(() => readFile(files.settings.listeningFile, 'utf8').catch(() => ''), { timeout: 10_000 }).toMatch(/^\d+\n$/);
    return Number(await readFile(files.settings.listeningFile, 'utf8'));
  }

  async function open(): Promise<Link> {
    return new SshLink().open(tcpCarrier(await port()), files.keys, never);
  }

  async function residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  it('tells of its pod: variables byte for byte, files, addresses', async () => {
    files = await makeAgentFiles({ environ: Buffer.from('A=1\0LINES=x\ny\0BYTES=\xff\xfe\0NODE_OPTIONS=--require /app/x\0', 'latin1') });
    start();
    const link = await open();
    const environment = link.podFacts.environment.map(
      ({ name, value }) => `${Buffer.from(name).toString()}=${Buffer.from(value).toString('latin1')}`,
    );
    expect(environment).toEqual(['A=1', 'LINES=x\ny', 'BYTES=\xff\xfe', 'NODE_OPTIONS=--require /app/x']);
    expect(link.podFacts).toMatchObject({
      protocolVersion: 1,
      hosts: expect.stringContaining('fixture'),
      resolvConf: expect.stringContaining('nameserver'),
    });
    await link.close();
  });

  it('ends promptly on SIGTERM, with a client or without', async () => {
    files = await makeAgentFiles();
    start();
    const link = await open();
    const since = performance.now();
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect([child.exitCode, stderr]).toEqual([143, '']);
    expect(performance.now() - since).toBeLessThan(1000);
    expect(await link.closed).toMatchObject({ code: 'LINK_LOST' });
  });

  it('breaks what is under way when it is killed, with a clear word', async () => {
    files = await makeAgentFiles();
    const server = createServer((socket) =>
      socket.on('error', () => undefined).on('data', () => socket.write(Buffer.alloc(64 * 1024))),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    start();
    const link = await open();
    const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, never));
    probe.channel.write(Buffer.from('x'));
    await probe.received(1);
    child.kill('SIGKILL');
    expect((await probe.closed)?.errno).toBe('EPIPE');
    expect(await link.closed).toMatchObject({ code: 'LINK_LOST', transient: true });
    expect(link.openConnections).toBe(1);
    server.close();
  });

  it.each([
    ['no host key', { INPOD_AGENT_HOST_KEY: '/nonexistent' }, /^inpod agent failed: Error: ENOENT.*\n$/],
    [
      'a client key that is none',
      { INPOD_AGENT_CLIENT_KEY: '/etc/hostname' },
      /^inpod agent failed: HostError: .*holds no public key.*\n$/,
    ],
    ['a place that it can not write to', { INPOD_AGENT_LISTENING: '/proc/listening' }, /^inpod agent failed: .*\n$/],
  ])('says in one line why it can not start: %s', async (_, overrides, message) => {
    files = await makeAgentFiles();
    start(overrides);
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('goes on when strangers talk to it', async () => {
    files = await makeAgentFiles();
    start();
    const agentPort = await port();
    const strangers = Array.from({ length: 40 }, (_, i) => {
      const socket = connect(agentPort, '127.0.0.1').on('error', () => undefined);
      if (i % 2 === 1) socket.write('GET / HTTP/1.1\r\n\r\n');
      return socket.resume();
    });
    const link = await open();
    expect(link.podFacts.hostname).not.toBe('');
    await expect.poll(() => strangers.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(16);
    for (const socket of strangers) socket.destroy();
    await link.close();
    expect(child.exitCode).toBeNull();
  });

  it('survives a client that asks for a subsystem that is not there, and goes in the middle of a dial', async () => {
    files = await makeAgentFiles();
    start();
    const transport = connect(await port(), '127.0.0.1');
    const client = new ssh2.Client();
    client.connect({ sock: transport, username: 'inpod', privateKey: files.keys.clientPrivateKey });
    await once(client, 'ready');
    const refused = await new Promise((resolve) => client.subsys('sftp', resolve));
    expect(refused).toBeInstanceOf(Error);
    client.forwardOut('', 0, '198.51.100.1', 9, () => undefined);
    client.forwardOut('', 0, '127.0.0.1', 99_999, () => undefined);
    transport.destroy();
    await once(client, 'close');
    const link = await open();
    await link.close();
    expect([child.exitCode, stderr]).toEqual([null, '']);
  });

  it('stays below 80 MB resident: idle, under bulk data each way, and with 200 connections', async () => {
    files = await makeAgentFiles();
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => undefined).pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    start();
    const link = await open();
    const sizes = [await residentMiB()];
    const one = new ChannelProbe(await link.dial(target, never), false);
    for (let i = 0; i < 100 * 16; i++) await one.writeAll([Buffer.alloc(65_536)]);
    sizes.push(await residentMiB());
    await one.received(100 * MiB);
    sizes.push(await residentMiB());
    const many = await Promise.all(Array.from({ length: 200 }, async () => new ChannelProbe(await link.dial(target, never), false)));
    await Promise.all(many.map((probe) => probe.writeAll([Buffer.alloc(16_384), Buffer.alloc(16_384)]).then(() => probe.received(32_768))));
    sizes.push(await residentMiB());
    expect(Math.max(...sizes)).toBeLessThan(80);
    await link.close();
    server.close();
  }, 60_000);

  it('stays below 80 MB resident with more names than it keeps, and tells of some', async () => {
    const resolver = await startResolver((query) => {
      const questions = decode(query).questions ?? [];
      const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 300, data: '10.1.2.3' }));
      return [encode({ type: 'response', id: query.readUInt16BE(0), flags: 0x180, questions, answers })];
    });
    files = await makeAgentFiles({ resolvConf: 'nameserver 127.0.0.1\n' });
    start({ INPOD_AGENT_DNS_PORT: String(resolver.port) });
    const link = await open();
    const channel = link.openDatagrams({ host: '127.0.0.1', port: (await link.openNameServer()).port });
    let answered = deferred<void>();
    channel.attach({ datagram: () => answered.resolve(), failed: (errno) => answered.reject(new Error(errno)) });
    for (let i = 0; i < 8000; i++) {
      answered = deferred<void>();
      channel.send(Uint8Array.from(makeQuery(i, `${'long-label.'.repeat(10)}n${i}.example`)));
      await answered.promise;
    }
    expect(await residentMiB()).toBeLessThan(80);
    const { names, dropped } = await link.namesTold(0);
    expect(names.length + dropped).toBe(8000);
    await link.close();
    await resolver.close();
  }, 60_000);
});
