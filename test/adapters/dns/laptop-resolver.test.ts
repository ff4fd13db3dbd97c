import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LaptopResolver } from '../../../src/adapters/dns/laptop-resolver.ts';
import { emptyAnswer, responseCode } from '../../../src/domain/dns/dns-message.ts';
import { answerFromZone } from '../../fakes/memory-network.ts';

const never = new AbortController().signal;
const zone = new Map([['wiki.office.example', '192.0.2.80']]);
const question = (name = 'wiki.office.example', id = 77): Buffer =>
  encode({ type: 'query', id, flags: 0x100, questions: [{ type: 'A', name }] });

describe('LaptopResolver', () => {
  let folder: string;
  let port: number;
  /** Name servers by loopback address, all on one port. */
  const udpServers: Socket[] = [];
  const tcpServers: Server[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inpod-resolver-'));
    port = 0;
  });
  afterEach(async () => {
    for (const server of udpServers.splice(0)) server.close();
    for (const server of tcpServers.splice(0)) server.close();
    await rm(folder, { recursive: true });
  });

  type Answer = (message: Buffer) => readonly Uint8Array[];

  async function serveUdp(address: string, answer: Answer): Promise<void> {
    const server = createSocket('udp4');
    udpServers.push(server);
    server.on('message', (message, from) => answer(message).forEach((one) => server.send(one, from.port, from.address)));
    server.bind(port, address);
    await once(server, 'listening');
    port = server.address().port;
  }

  async function serveTcp(answer: (message: Buffer, write: (bytes: Uint8Array) => void, end: () => void) => void): Promise<void> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) =>
        answer(
          chunk.subarray(2),
          (bytes) => void socket.write(bytes),
          () => socket.end(),
        ),
      );
    });
    tcpServers.push(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as { port: number }).port;
  }

  async function resolver(servers: readonly string[], timeoutMs = 5000): Promise<LaptopResolver> {
    const resolvConf = join(folder, 'resolv.conf');
    await writeFile(resolvConf, servers.map((server) => `nameserver ${server}\n`).join(''));
    return new LaptopResolver({ resolvConf, port, timeoutMs });
  }

  const addressIn = (answer: Uint8Array): unknown =>
    decode(Buffer.from(answer)).answers?.map((one) => ('data' in one ? one.data : undefined));

  describe('over UDP', () => {
    it('passes question and answer through unchanged', async () => {
      const seen: Buffer[] = [];
      await serveUdp('127.0.0.1', (message) => {
        seen.push(message);
        return [answerFromZone(zone, message)];
      });
      const answer = await (await resolver(['127.0.0.1'])).query(question(), 'udp', never);
      expect(seen).toEqual([question()]);
      expect(Buffer.from(answer)).toEqual(answerFromZone(zone, question()));
    });

    it('takes no answer with another id or to another question', async () => {
      await serveUdp('127.0.0.1', (message) => [
        answerFromZone(new Map([['wiki.office.example', '203.0.113.66']]), question('wiki.office.example', 78)),
        answerFromZone(new Map([['evil.example', '203.0.113.66']]), question('evil.example')),
        answerFromZone(zone, message),
      ]);
      expect(addressIn(await (await resolver(['127.0.0.1'])).query(question(), 'udp', never))).toEqual(['192.0.2.80']);
    });

    it('goes on to the next server when one is silent, when nobody listens there, and when it can’t be reached', async () => {
      await serveUdp('127.0.0.1', (message) => [answerFromZone(zone, message)]);
      await serveUdp('127.0.0.2', () => []);
      // 127.0.0.3 has no server; datagrams to the broadcast address are forbidden to a plain socket.
      const servers = ['127.0.0.2', '127.0.0.3', '255.255.255.255', '127.0.0.1'];
      expect(addressIn(await (await resolver(servers, 1000)).query(question(), 'udp', never))).toEqual(['192.0.2.80']);
    });

    it.each(['SERVFAIL', 'REFUSED', 'NOTIMP'] as const)(
      'goes on where one says %s, which is the answer where nobody knows better',
      async (rcode) => {
        const helpless = { SERVFAIL: 2, NOTIMP: 4, REFUSED: 5 }[rcode];
        await serveUdp('127.0.0.2', (message) => [emptyAnswer(message, helpless)]);
        await serveUdp('127.0.0.1', (message) => [answerFromZone(zone, message)]);
        expect(addressIn(await (await resolver(['127.0.0.2', '127.0.0.1'])).query(question(), 'udp', never))).toEqual(['192.0.2.80']);
        const alone = await (await resolver(['127.0.0.3', '127.0.0.2'])).query(question(), 'udp', never);
        expect(responseCode(alone)).toBe(helpless);
      },
    );

    it('says whom it asked where nobody answered', async () => {
      await serveUdp('127.0.0.2', () => []);
      const failed = (await resolver(['127.0.0.2', '127.0.0.3'], 50)).query(question(), 'udp', never);
      await expect(failed).rejects.toMatchObject({ code: 'DNS_TIMEOUT', message: 'none of 127.0.0.2, 127.0.0.3 answered' });
    });

    it.each(['before', 'while'])('ends at once when the caller gives up %s it waits, however many servers there are', async (when) => {
      await serveUdp('127.0.0.2', () => []);
      const giveUp = new AbortController();
      const reason = new Error('given up');
      if (when === 'before') giveUp.abort(reason);
      const asked = (await resolver(['127.0.0.2', '127.0.0.2', '127.0.0.2'], 60_000)).query(question(), 'udp', giveUp.signal);
      asked.catch(() => undefined);
      setImmediate(() => giveUp.abort(reason));
      await expect(asked).rejects.toBe(reason);
    });
  });

  describe('over TCP', () => {
    const framed = (message: Uint8Array): Buffer => Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);

    it('reads an answer that comes in pieces', async () => {
      await serveTcp((message, write) => {
        for (const byte of framed(answerFromZone(zone, message))) write(Uint8Array.of(byte));
      });
      expect(addressIn(await (await resolver(['127.0.0.1'])).query(question(), 'tcp', never))).toEqual(['192.0.2.80']);
    });

    it('reads an answer of the longest length', async () => {
      await serveTcp((_message, write) => write(framed(Buffer.alloc(65_535, 1))));
      expect(await (await resolver(['127.0.0.1'])).query(question(), 'tcp', never)).toHaveLength(65_535);
    });

    it('fails where the server ends without an answer, or refuses', async () => {
      await serveTcp((_message, write, end) => {
        write(Uint8Array.of(0, 9, 1));
        end();
      });
      const both = await resolver(['127.0.0.1', '127.0.0.3']);
      await expect(both.query(question(), 'tcp', never)).rejects.toMatchObject({ code: 'DNS_TIMEOUT' });
    });

    it('ends at once when the caller gives up', async () => {
      await serveTcp(() => undefined);
      const giveUp = new AbortController();
      const reason = new Error('given up');
      const asked = (await resolver(['127.0.0.1', '127.0.0.1'], 60_000)).query(question(), 'tcp', giveUp.signal);
      asked.catch(() => undefined);
      setImmediate(() => giveUp.abort(reason));
      await expect(asked).rejects.toBe(reason);
    });
  });

  describe('in the laptop’s search domains', () => {
    const asked: string[] = [];
    const serve = (): Promise<void> =>
      serveUdp('127.0.0.1', (message) => {
        asked.push(
          decode(message)
            .questions?.map(({ name, type }) => `${name} ${type}`)
            .join() ?? '',
        );
        return [answerFromZone(zone, message)];
      });
    const searching = async (lines: string): Promise<LaptopResolver> => {
      asked.length = 0;
      await serve();
      const one = await resolver(['127.0.0.1']);
      await writeFile(join(folder, 'resolv.conf'), `nameserver 127.0.0.1\n${lines}`);
      return one;
    };

    it('finds a short name, and answers it as an alias', async () => {
      const one = await searching('search lab.example office.example\n');
      const answer = decode(Buffer.from(await one.query(question('Wiki'), 'udp', never)));
      expect(asked).toEqual(['Wiki.lab.example A', 'Wiki.office.example A']);
      expect(answer).toMatchObject({ id: 77, questions: [{ name: 'Wiki' }], rcode: 'NOERROR' });
      expect(answer.answers).toMatchObject([
        { name: 'Wiki', type: 'CNAME' },
        { type: 'A', data: '192.0.2.80' },
      ]);
    });

    it.each([
      ['a name with a dot', 'wiki.office.example', 'A', ['wiki.office.example A']],
      ['a short name that none has, at last as it is', 'nobody', 'A', ['nobody.office.example A', 'nobody A']],
      ['another type', 'wiki', 'NS', ['wiki NS']],
      ['the root', '.', 'A', ['. A']],
    ] as const)('asks for %s', async (_what, name, type, asks) => {
      const one = await searching('search office.example\n');
      await one.query(encode({ type: 'query', id: 7, questions: [{ name, type }] }), 'udp', never);
      expect(asked).toEqual(asks);
    });
  });

  it.each(['', '# nothing\n'])('says that the file %j names no server', async (text) => {
    const resolvConf = join(folder, 'resolv.conf');
    await writeFile(resolvConf, text);
    const asked = new LaptopResolver({ resolvConf, port: 53, timeoutMs: 50 }).query(question(), 'udp', never);
    await expect(asked).rejects.toMatchObject({ code: 'DNS_TIMEOUT', message: `${resolvConf} names no server` });
  });

  it('reads the file anew for each question: networks change', async () => {
    await serveUdp('127.0.0.1', (message) => [answerFromZone(zone, message)]);
    const one = await resolver(['127.0.0.3'], 1000);
    await expect(one.query(question(), 'udp', never)).rejects.toMatchObject({ code: 'DNS_TIMEOUT' });
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    expect(addressIn(await one.query(question(), 'udp', never))).toEqual(['192.0.2.80']);
  });
});
