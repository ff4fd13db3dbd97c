import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { NameServer } from '../../../../src/app/programs/agent/name-server.ts';
import { makeAgentFiles, type TestAgentFiles } from '../../../support/link-agent.ts';

const resolvConf = 'nameserver 127.0.0.1\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1 attempts:1\n';

describe('the name server for resolvers of other machines', () => {
  const sockets: Socket[] = [];
  let files: TestAgentFiles;
  let server: NameServer;

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    server.close();
    await files.remove();
  });

  const socketAt = async (host: string, port = 0): Promise<Socket> => {
    const socket = createSocket('udp4').on('error', () => undefined);
    sockets.push(socket);
    socket.bind(port, host);
    await once(socket, 'listening');
    return socket;
  };

  /** The cluster's resolver knows one name; what else it is asked, it asks `upstream`. Another server, at 127.0.0.77, knows another. */
  async function setUp(upstream: (query: Buffer) => Promise<Buffer | undefined>): Promise<void> {
    const cluster = await socketAt('127.0.0.1');
    const { port } = cluster.address();
    const other = await socketAt('127.0.0.77', port);
    files = await makeAgentFiles({ resolvConf, dnsPort: port });
    server = new NameServer(files.settings);
    cluster.on('message', (query: Buffer, from) => {
      const known = answer(query, { 'web.shop.svc.cluster.local': '10.96.7.7' });
      const isOwn = nameOf(query).endsWith('cluster.local');
      void Promise.resolve(isOwn ? known : upstream(query)).then((reply) => cluster.send(reply ?? known, from.port, from.address));
    });
    other.on('message', (query: Buffer, from) => other.send(answer(query, { 'wiki.example': '192.0.2.7' }), from.port, from.address));
  }

  const askServer = async (name: string): Promise<string> => {
    const { port } = await server.open();
    return shown(await exchange(encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type: 'A' }] }), port));
  };

  async function exchange(query: Buffer, port: number): Promise<Buffer> {
    const socket = await socketAt('127.0.0.1');
    socket.send(query, port, '127.0.0.1');
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return reply;
  }

  it('answers by the search path of the pod', async () => {
    await setUp(async () => undefined);
    expect(await askServer('web')).toBe('NOERROR web.shop.svc.cluster.local 10.96.7.7');
    expect(await askServer('wiki.example')).toBe('NXDOMAIN');
  });

  it('sees no loop where names do not come back', async () => {
    await setUp(async () => undefined);
    expect(await server.breakLoop('127.0.0.77', false)).toBe(false);
    expect(await askServer('wiki.example')).toBe('NXDOMAIN');
  });

  it('sees that names come back, and asks another for those that are not the cluster’s', async () => {
    await setUp(async (query) => exchange(query, (await server.open()).port));
    expect(await server.breakLoop('127.0.0.77', false)).toBe(true);
    expect(await askServer('wiki.example')).toBe('NOERROR 192.0.2.7');
    expect(await askServer('web')).toBe('NOERROR web.shop.svc.cluster.local 10.96.7.7');
    // A reverse name may be the cluster's, which asks back; that ends at once.
    expect(await askServer('7.0.0.10.in-addr.arpa')).toBe('NXDOMAIN');
  });

  it('needn’t look where it is told', async () => {
    await setUp(async () => undefined);
    expect(await server.breakLoop('127.0.0.77', true)).toBe(true);
    expect(await askServer('wiki.example')).toBe('NOERROR 192.0.2.7');
  });

  it('asks nobody else for the next session, where names do not come back for that', async () => {
    await setUp(async () => undefined);
    await server.breakLoop('127.0.0.77', true);
    expect(await server.breakLoop('127.0.0.77', false)).toBe(false);
    expect(await askServer('wiki.example')).toBe('NXDOMAIN');
  });
});

function nameOf(query: Buffer): string {
  return decode(query).questions?.[0]?.name ?? '';
}

function answer(query: Buffer, zone: Readonly<Record<string, string>>): Buffer {
  const { id = 0, questions = [] } = decode(query);
  const name = nameOf(query);
  const data = zone[name];
  const answers = data === undefined ? [] : [{ type: 'A' as const, name, ttl: 5, data }];
  return encode({ type: 'response', id, flags: 0x180 | (data === undefined ? 3 : 0), questions, answers });
}

function shown(message: Buffer): string {
  const { answers = [], ...head } = decode(message) as ReturnType<typeof decode> & { rcode: string };
  return [head.rcode, ...answers.map((one) => ('data' in one ? String(one.data) : ''))].join(' ');
}
