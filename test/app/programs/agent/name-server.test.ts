import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { decode, encode, type Answer } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { NameServer } from '../../../../src/app/programs/agent/name-server.ts';
import { makeAgentFiles, type TestAgentFiles } from '../../../support/link-agent.ts';

const resolvConf = 'nameserver 127.0.0.1\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1 attempts:1\n';

describe('the name server for resolvers of other machines', () => {
  const sockets: Socket[] = [];
  const offices: Server[] = [];
  const asked: string[] = [];
  let files: TestAgentFiles;
  let server: NameServer;

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    for (const one of offices.splice(0)) one.close();
    asked.length = 0;
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
      asked.push(nameOf(query));
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

  /** A laptop's own servers, by TCP. @returns its port */
  async function office(answerer: (query: Buffer) => Promise<Buffer>): Promise<number> {
    const listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk: Buffer) => {
        void answerer(chunk.subarray(2)).then((reply) =>
          socket.end(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply])),
        );
      });
    }).listen(0, '127.0.0.1');
    offices.push(listener);
    await once(listener, 'listening');
    return (listener.address() as AddressInfo).port;
  }

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

  it('keeps answers, and asks once for what several ask', async () => {
    await setUp(async () => undefined);
    await server.open();
    const answers = await Promise.all(['web', 'web', 'WEB'].map(askServer));
    expect(new Set(answers)).toEqual(new Set(['NOERROR web.shop.svc.cluster.local 10.96.7.7']));
    await askServer('web');
    expect(asked).toEqual(['web.shop.svc.cluster.local']);
  });

  it('keeps nothing of what a resolver’s suffix, learnt since, leads elsewhere', async () => {
    const authority = [{ type: 'SOA' as const, name: '.', ttl: 60, data: soa }];
    await setUp(async (query) => answer(query, {}, authority));
    expect(await askServer('web.office.example')).toBe('NXDOMAIN');
    await askServer('hellotelepresence-1.office.example');
    expect(await askServer('web.office.example')).toMatch(/10\.96\.7\.7/);
  });

  it('asks the laptop alone for names that are its alone, until the next session says otherwise', async () => {
    await setUp(async (query) => answer(query, { 'db.cloud.example': '198.51.100.10' }));
    const port = await office(async (query) => answer(query, { 'db.cloud.example': '10.9.9.9' }));
    server.askOffice(port, ['db.cloud.example']);
    expect(await askServer('db.cloud.example')).toBe('NOERROR 10.9.9.9');
    expect(asked).toEqual([]);
    server.askOffice(port, []);
    expect(await askServer('db.cloud.example')).toBe('NOERROR 198.51.100.10');
  });

  it('waits for no answer that waits for it: a forwarder of the laptop asks the pod again', async () => {
    await setUp(async () => undefined);
    let isEcho = false;
    const port = await office(async (query) => {
      if (isEcho) return answer(query, {});
      isEcho = true;
      const echo = await exchange(query, (await server.open()).port);
      return answer(query, shown(echo) === 'NXDOMAIN' ? { 'wiki.example': '10.9.9.9' } : {});
    });
    server.askOffice(port, []);
    expect(await askServer('wiki.example')).toBe('NOERROR 10.9.9.9');
  });

  it('tells which side answered, and nothing of greetings', async () => {
    await setUp(async () => undefined);
    const port = await office(async (query) => answer(query, { 'wiki.example': '10.9.9.9' }));
    server.askOffice(port, []);
    const told: string[] = [];
    server.tellTo({ tell: (one) => void (one && told.push(`${one.name} ${one.type} ${one.by} ${one.outcome} ${one.addresses.join()}`)) });
    for (const name of ['hellotelepresence-1', 'web', 'wiki.example', 'nobody.example', 'web']) await askServer(name);
    expect(told).toEqual([
      'web A cluster found 10.96.7.7',
      'wiki.example A laptop found 10.9.9.9',
      'nobody.example A cluster no-such-name ',
    ]);
  });
});

function nameOf(query: Buffer): string {
  return decode(query).questions?.[0]?.name ?? '';
}

const soa = { mname: 'ns.example', rname: 'admin.example', serial: 1, refresh: 60, retry: 60, expire: 60, minimum: 60 };

function answer(query: Buffer, zone: Readonly<Record<string, string>>, authorities: Answer[] = []): Buffer {
  const { id = 0, questions = [] } = decode(query);
  const name = nameOf(query);
  const data = zone[name];
  const answers = data === undefined ? [] : [{ type: 'A' as const, name, ttl: 5, data }];
  return encode({ type: 'response', id, flags: 0x180 | (data === undefined ? 3 : 0), questions, answers, authorities });
}

function shown(message: Buffer): string {
  const { answers = [], ...head } = decode(message) as ReturnType<typeof decode> & { rcode: string };
  return [head.rcode, ...answers.map((one) => ('data' in one ? String(one.data) : ''))].join(' ');
}
