import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierPort } from '../../src/domain/ports/carrier-port.ts';
import type { Link, LinkKeys, LinkPort } from '../../src/domain/ports/link-port.ts';
import { deferred } from '../../src/domain/promises.ts';
import { ChannelProbe, digestOf, pseudoRandomPieces } from '../support/link-channel-probe.ts';
import { askSocks, socksCommands, socksRequest } from '../support/socks-client.ts';
import { makeAnswer, makeQuery } from '../support/link-resolver.ts';

/** A link's surroundings: an agent, and in its pod what the suite talks to, all on 127.0.0.1 there. */
export interface LinkBed {
  readonly port: LinkPort;
  readonly carrier: CarrierPort;
  readonly keys: LinkKeys;
  /** Echoes bytes, and ends when the client ended. */
  readonly tcpEchoPort: number;
  /** Nobody listens, neither TCP nor UDP. */
  readonly closedPort: number;
  readonly udpEchoPort: number;
  /** Breaks the path without a farewell. The pod's resolver answers a query by `makeAnswer(query, 0, Buffer.from(transport))`, and no name with `silent` in it. */
  breakPath(): void;
  tearDown(): Promise<void>;
}

const never = new AbortController().signal;
const mebibyte = 1_048_576;

/** What every {@link LinkPort} keeps. */
export function describeLinkPort(name: string, setUp: () => Promise<LinkBed>): void {
  describe(`${name} as a LinkPort`, () => {
    let bed: LinkBed;
    let link: Link;
    beforeEach(async () => {
      bed = await setUp();
      link = await bed.port.open(bed.carrier, bed.keys, never);
    });
    afterEach(async () => {
      await link.close();
      await bed.tearDown();
    });

    it('makes different keys each time', () => {
      const [one, two] = [bed.port.generateKeys(), bed.port.generateKeys()];
      expect(new Set([...Object.values(one), ...Object.values(two)]).size).toBe(8);
      expect(one.clientPublicKey).toMatch(/^ssh-ed25519 \S+/);
    });

    it('knows the pod and its open connections', async () => {
      expect(link.podFacts.hostname).not.toBe('');
      expect(link.openConnections).toBe(0);
      const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never));
      expect(link.openConnections).toBe(1);
      probe.channel.end();
      await probe.closed;
      expect(link.openConnections).toBe(0);
    });

    it('dials by address and by name', async () => {
      for (const host of ['127.0.0.1', 'localhost']) {
        const probe = new ChannelProbe(await link.dial({ host, port: bed.tcpEchoPort }, never));
        probe.channel.write(Buffer.from('hello'));
        probe.channel.end();
        expect(await probe.closed).toBeUndefined();
        expect(probe.text).toBe('hello');
      }
    });

    it('keeps the bytes of a reader that waits apart from those of others', async () => {
      const target = { host: '127.0.0.1', port: bed.tcpEchoPort };
      const [slow, busy] = [
        new ChannelProbe(await link.dial(target, never), false),
        new ChannelProbe(await link.dial(target, never), false),
      ];
      for (const probe of [slow, busy]) await probe.writeAll(pseudoRandomPieces(1024, 1024, 1));
      for (const probe of [slow, busy]) await probe.received(1024);
      slow.pause();
      const sent = slow.writeAll(pseudoRandomPieces(16 * mebibyte, 65_536, 2));
      for (let round = 0; round < 200; round++) {
        await busy.writeAll(pseudoRandomPieces(16_384, 16_384, 3));
        await busy.received(1024 + (round + 1) * 16_384);
      }
      slow.resume();
      await sent;
      slow.channel.end();
      await slow.closed;
      expect(slow.digest()).toBe(digestOf([...pseudoRandomPieces(1024, 1024, 1), ...pseudoRandomPieces(16 * mebibyte, 65_536, 2)]));
    });

    it('tells refused from unknown, and goes on', async () => {
      await expect(link.dial({ host: '127.0.0.1', port: bed.closedPort }, never)).rejects.toMatchObject({
        name: 'ErrnoError',
        errno: 'ECONNREFUSED',
      });
      await expect(link.dial({ host: '', port: 80 }, never)).rejects.toMatchObject({ name: 'ErrnoError', errno: 'ENOTFOUND' });
      await expect(link.dial({ host: '127.0.0.1', port: 70_000 }, never)).rejects.toMatchObject({ name: 'ErrnoError' });
      await expect(
        link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never).then((channel) => new ChannelProbe(channel)),
      ).resolves.toBeDefined();
    });

    it("leads to the pod's SOCKS server, which dials, refuses and resolves", async () => {
      const loopback = [127, 0, 0, 1];
      const ask = async (command: number, host: string | readonly number[], port: number, more = ''): Promise<string> =>
        askSocks(await link.openSocks(never), socksRequest(command, host, port), more);
      const { connect, resolve, resolvePtr } = socksCommands;
      const echoed = Buffer.from('hello').toString('hex');
      expect(await ask(connect, loopback, bed.tcpEchoPort, 'hello')).toBe(`050005000001000000000000${echoed}`);
      expect(await ask(connect, 'localhost', bed.tcpEchoPort, 'hello')).toBe(`050005000001000000000000${echoed}`);
      expect(await ask(connect, loopback, bed.closedPort)).toBe('050005050001000000000000');
      expect(await ask(resolve, 'localhost', 0)).toBe('0500050000017f0000010000');
      expect(await ask(resolve, 'no..body', 0)).toMatch(/^0500050[14]0001000000000000$/);
      expect(await ask(resolvePtr, loopback, 0)).toMatch(/^05000500000309/);
    });

    it('hears which names were answered in the pod, once, as soon as there are any', async () => {
      expect(await link.namesTold(0)).toEqual({ names: [], dropped: 0 });
      const told = link.namesTold(60_000);
      await askSocks(await link.openSocks(never), socksRequest(socksCommands.resolve, 'db.example', 0), '');
      const { names } = await told;
      const all = [...names, ...(await link.namesTold(0)).names];
      expect(all.map(({ name: asked, type, by, outcome }) => `${asked} ${type} ${by} ${outcome}`).toSorted()).toEqual([
        'db.example A cluster no-such-record',
        'db.example AAAA cluster no-such-record',
      ]);
      expect(await link.namesTold(1)).toEqual({ names: [], dropped: 0 });
    });

    it('hears no more of names when the path is lost', async () => {
      const told = link.namesTold(60_000);
      bed.breakPath();
      await expect(told).rejects.toMatchObject({ code: 'LINK_LOST' });
    });

    it("leads to the pod's name server, which knows who greets it", async () => {
      const { port, proof } = await link.openNameServer();
      expect(await link.openNameServer()).toEqual({ port, proof });
      const channel = link.openDatagrams({ host: '127.0.0.1', port });
      const answered = deferred<Uint8Array>();
      channel.attach({ datagram: answered.resolve, failed: answered.reject });
      channel.send(Uint8Array.from(makeQuery(7, 'hellotelepresence-1')));
      const answer = await answered.promise;
      expect([...answer.subarray(-4)].join('.')).toBe(proof);
      channel.close();
    });

    it('takes for a loop what is said to be one', async () => {
      expect(await link.breakDnsLoop('192.0.2.53', true)).toBe(true);
      expect(await link.breakDnsLoop('192.0.2.53', false)).toBe(false);
    });

    it('gives up a dial with the reason of the signal', async () => {
      const reason = new Error('enough');
      await expect(link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, AbortSignal.abort(reason))).rejects.toBe(reason);
      const controller = new AbortController();
      const dialled = link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, controller.signal);
      controller.abort(reason);
      await expect(dialled).rejects.toBe(reason);
    });

    it.each(['loopback', 'pod'] as const)('listens in the pod, scope %s, with ends and resets as they were', async (scope) => {
      const accepted: ChannelProbe[] = [];
      const listener = await link.listen(scope, bed.closedPort, (channel) => accepted.push(new ChannelProbe(channel)));
      expect(listener.port).toBe(bed.closedPort);
      const target = { host: '127.0.0.1', port: bed.closedPort };
      const [one, two] = [new ChannelProbe(await link.dial(target, never)), new ChannelProbe(await link.dial(target, never))];
      await expect.poll(() => accepted.length).toBe(2);
      one.channel.write(Buffer.from('to the listener'));
      one.channel.end();
      const [first, second] = accepted as [ChannelProbe, ChannelProbe];
      await first.ended;
      expect(first.text).toBe('to the listener');
      first.channel.write(Buffer.from('from it'));
      first.channel.end();
      expect(await one.closed).toBeUndefined();
      expect(one.text).toBe('from it');
      second.channel.reset({ errno: 'ECONNRESET', message: 'test' });
      expect(await two.closed).toMatchObject({ errno: 'ECONNRESET' });

      await listener.close();
      await listener.close();
      await expect(link.dial(target, never)).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
      await (await link.listen(scope, bed.closedPort, () => undefined)).close();
    });

    it('tells that a port of the pod is taken', async () => {
      await expect(link.listen('loopback', bed.tcpEchoPort, () => undefined)).rejects.toMatchObject({ errno: 'EADDRINUSE' });
    });

    it('carries datagrams both ways, each whole', async () => {
      const channel = link.openDatagrams({ host: '127.0.0.1', port: bed.udpEchoPort });
      const sizes = [0, 1, 1400, 9000, 60_000];
      const got = deferred<number[]>();
      const lengths: number[] = [];
      channel.attach({
        datagram: (payload) => void (lengths.push(payload.length) === sizes.length && got.resolve(lengths)),
        failed: (errno) => got.reject(new Error(errno)),
      });
      for (const size of sizes) channel.send(Buffer.alloc(size, 1));
      expect((await got.promise).toSorted((a, b) => a - b)).toEqual(sizes);
      channel.close();
    });

    it('tells that a datagram was refused', async () => {
      const channel = link.openDatagrams({ host: '127.0.0.1', port: bed.closedPort });
      const failed = deferred<string>();
      channel.attach({ datagram: () => undefined, failed: failed.resolve });
      channel.send(Buffer.from('anybody?'));
      expect(await failed.promise).toBe('ECONNREFUSED');
      channel.send(Buffer.from('still there?'));
      channel.close();
    });

    it.each(['udp', 'tcp'] as const)('passes DNS messages through unchanged by %s', async (transport) => {
      const query = makeQuery(0xbeef, 'web.default.svc.cluster.local', 33);
      expect(Buffer.from(await link.queryDns(query, transport, never))).toEqual(makeAnswer(query, 0, Buffer.from(transport)));
    });

    it('lets no silent question hold up another, and names the time-out', async () => {
      const silent = link.queryDns(makeQuery(1, 'silent.example'), 'udp', never);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => link.queryDns(makeQuery(i, `name-${i}.example`), 'udp', never)),
      );
      expect(answers.map((answer) => (answer[0] ?? 0) * 256 + (answer[1] ?? 0))).toEqual(Array.from({ length: 100 }, (_, i) => i));
      await expect(silent).rejects.toMatchObject({ code: 'DNS_TIMEOUT' });
      await expect(link.queryDns(makeQuery(1, 'silent.example'), 'udp', AbortSignal.timeout(20))).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    });

    it('says goodbye without an error, twice as well', async () => {
      const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never));
      await link.close();
      await link.close();
      expect(await link.closed).toBeUndefined();
      expect(await probe.closed).toBeDefined();
    });

    it('fails all that is open when the path breaks, and says how many connections that were', async () => {
      const probe = new ChannelProbe(await link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never));
      const datagrams = link.openDatagrams({ host: '127.0.0.1', port: bed.udpEchoPort });
      const failed = deferred<string>();
      datagrams.attach({ datagram: () => undefined, failed: failed.resolve });
      const question = link.queryDns(makeQuery(1, 'silent.example'), 'udp', never);
      bed.breakPath();
      const dialled = link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never);
      await expect(question).rejects.toMatchObject({ code: 'LINK_LOST', transient: true });
      await expect(dialled).rejects.toMatchObject({ code: 'LINK_LOST', transient: true });
      expect(await link.closed).toMatchObject({ code: 'LINK_LOST', transient: true });
      expect((await probe.closed)?.errno).toBe('EPIPE');
      expect(await failed.promise).toBe('EPIPE');
      expect(link.openConnections).toBe(1);
      await expect(link.dial({ host: '127.0.0.1', port: bed.tcpEchoPort }, never)).rejects.toMatchObject({ code: 'LINK_LOST' });
      expect(() => link.openDatagrams({ host: '127.0.0.1', port: 1 })).toThrow(expect.objectContaining({ code: 'LINK_LOST' }));
      await expect(link.queryDns(makeQuery(1, 'a'), 'udp', never)).rejects.toMatchObject({ code: 'LINK_LOST' });
    });

    it('gives up opening with the reason of the signal', async () => {
      const reason = new Error('enough');
      await expect(bed.port.open(bed.carrier, bed.keys, AbortSignal.abort(reason))).rejects.toBe(reason);
      const controller = new AbortController();
      const opening = bed.port.open(bed.carrier, bed.keys, controller.signal);
      setTimeout(() => controller.abort(reason), 3);
      await expect(opening).rejects.toBe(reason);
    });

    it('refuses a datagram target that is no address', () => {
      expect(() => link.openDatagrams({ host: 'web', port: 1 })).toThrow(expect.objectContaining({ name: 'ErrnoError' }));
    });
  });
}
