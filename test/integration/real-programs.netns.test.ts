import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFfi, makePeople } from '../adapters/tun/launcher-bed.ts';
import { laptops } from './support/kernel-addresses.ts';
import { KernelBed } from './support/kernel-bed.ts';
import { hashOf, someBytes, startHttp, startHttp2, type LaptopServer } from './support/laptop-servers.ts';
import { freePort, postgresFolder, startPostgres } from './support/postgres-server.ts';

const nobody = { people: [], openTun: () => undefined, restore: () => undefined };
const { people, openTun, restore } = process.platform === 'linux' && hasFfi() ? makePeople() : nobody;
if (people.length === 0) it.skip('needs Linux and ffi-napi', () => undefined);
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const clients = fileURLToPath(new URL('support/real-clients.mjs', import.meta.url));
const wrkCheck = fileURLToPath(new URL('support/wrk-check.lua', import.meta.url));

let http: LaptopServer;
let http2: LaptopServer;
let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
const postgresUrl = (to: string): string => postgres?.url(to) ?? '';
beforeAll(async () => {
  [http, http2] = await Promise.all([startHttp(), startHttp2()]);
  if (postgresFolder && people.length > 0) postgres = await startPostgres(postgresFolder);
});
afterAll(async () => {
  await Promise.all([http.close(), http2.close(), postgres?.close()]);
  restore();
});

const sessions = people
  .slice(-1)
  .flatMap((person) => (['best', 'plain'] as const).map((device) => ({ person, device, name: person.name })));

describe.each(sessions)('real programs, in a session of $name, TUN $device', ({ person, device }) => {
  let bed: KernelBed;
  beforeAll(async () => {
    openTun();
    bed = await KernelBed.open(person, { device });
  });
  afterAll(() => bed.close());

  /** @returns what it printed, where it succeeded */
  const run = async (argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await bed.run(argv, { limitMs: 20_000 });
    expect({ code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const shell = (script: string): Promise<string> => run(['sh', '-c', script]);

  describe.each([4, 6] as const)('IPv%i', (version) => {
    const host = laptops[version];
    const authority = version === 4 ? host : `[${host}]`;

    describe.skipIf(!has('curl'))('curl', () => {
      const versions = [
        ['HTTP/1.1', '--http1.1', () => http.port],
        ['HTTP/2', '--http2-prior-knowledge', () => http2.port],
      ] as const;

      it.each(versions)('gets 20 MB by %s', async (_, flag, port) => {
        expect(await shell(`curl -sSf ${flag} http://${authority}:${port()}/bytes | sha256sum`)).toContain(hashOf(someBytes));
      });

      it.each(versions)('posts 20 MB by %s', async (_, flag, port) => {
        const url = `http://${authority}:${port()}`;
        expect(await shell(`curl -sSf ${flag} ${url}/bytes | curl -sSf ${flag} --data-binary @- ${url}/`)).toBe(hashOf(someBytes));
      });

      it('gets 20 MB eight times at once', async () => {
        const one = `curl -sSf http://${authority}:${http.port}/bytes | sha256sum`;
        const said = await shell(`for i in 1 2 3 4 5 6 7 8; do (${one}) & done; wait`);
        expect(said.match(new RegExp(hashOf(someBytes), 'g'))).toHaveLength(8);
      });
    });

    // What arrived it doesn't know, only how much: sending a file (-F), it garbles that by itself where the kernel takes part of a write. Bytes are curl's to prove.
    describe.skipIf(!has('iperf3'))('iperf3', () => {
      it.each([
        ['up', 1, []],
        ['down', 1, ['-R']],
        ['up', 8, ['-P', '8']],
        ['down', 8, ['-P', '8', '-R']],
      ] as const)('sends %s, %i streams', async (_, streams, flags) => {
        const port = await freePort();
        const server = spawn('iperf3', ['-s', '-1', '--forceflush', '-p', String(port), '-B', '127.0.0.1'], {
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const ended = once(server, 'close');
        try {
          await once(server.stdout, 'data'); // it listens
          // Eight streams' buffers hold tens of megabytes.
          const bytes = device === 'best' || streams > 1 ? 100_000_000 : 20_000_000;
          const report = JSON.parse(await run(['iperf3', '-c', host, '-p', String(port), '-n', String(bytes), '-J', ...flags])) as Report;
          expect(report.end.streams).toHaveLength(streams);
          // It stops at so many bytes sent: what is then under way isn't counted.
          expect(report.end.sum_received.bytes).toBeGreaterThan(bytes / 2);
        } finally {
          server.kill();
          await ended;
        }
      });
    });

    it.skipIf(!has('wrk'))('wrk keeps 50 connections busy without an error, and each answer is right', async () => {
      const url = `http://${authority}:${http.port}/`;
      const said = await run(['wrk', '-t', '1', '-c', '50', '-d', '1s', '-s', wrkCheck, url, '--', 'hello']);
      expect(Number(/(\d+) requests in/.exec(said)?.[1])).toBeGreaterThan(100);
      expect(said).not.toMatch(/Socket errors|Non-2xx/);
      expect(said).toContain('wrong answers: 0');
    });

    describe.skipIf(!postgresFolder)('PostgreSQL', () => {
      const folder = postgresFolder ?? '';
      beforeAll(async () => {
        await shell(`for i in $(seq 100); do ${folder}/pg_isready -q -d ${postgresUrl(host)} && exit; sleep 0.1; done; exit 1`);
      });

      it('answers psql, large results too', async () => {
        const rows = 'select repeat(md5(i::text), 20) from generate_series(1, 20000) i';
        const sum = await shell(`${folder}/psql -qAtX -d ${postgresUrl(host)} -c "${rows}" | md5sum`);
        const direct = spawnSync('sh', ['-c', `${folder}/psql -qAtX -d ${postgresUrl('127.0.0.1')} -c "${rows}" | md5sum`], {
          encoding: 'utf8',
        });
        expect(sum).toBe(direct.stdout);
      });

      it('carries out pgbench’s transactions, every one, with new connections too', async () => {
        await run([`${folder}/pgbench`, '-i', '-q', '-n', postgresUrl(host)]);
        const busy = await run([`${folder}/pgbench`, '-n', '-c', '4', '-t', '25', postgresUrl(host)]);
        expect(busy).toContain('actually processed: 100/100');
        const connecting = await run([`${folder}/pgbench`, '-n', '-C', '-S', '-c', '2', '-t', '25', postgresUrl(host)]);
        expect(connecting).toContain('actually processed: 50/50');
      });
    });

    it('a WebSocket client gets each message back', async () => {
      const said = await run([process.execPath, clients, 'websocket', `ws://${authority}:${http.port}/`]);
      expect(JSON.parse(said)).toEqual({ same: 7, code: 1000 });
    });

    it('an HTTP/2 client makes 300 calls at once, in gRPC’s form', async () => {
      const said = await run([process.execPath, clients, 'grpc', `http://${authority}:${http2.port}`]);
      expect(JSON.parse(said)).toEqual({ same: 300 });
    });
  });
});

/** Of iperf3's JSON, what is looked at. */
interface Report {
  readonly end: { readonly streams: readonly object[]; readonly sum_received: { readonly bytes: number } };
}
