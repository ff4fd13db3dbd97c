import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { expectRun } from './support/expect-run.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod, startInpod, type RunningInpod } from './support/run-inpod.ts';

const mebibyte = 1_048_576;

/** What a pod of the cluster's prints when it runs `program`. */
const inCluster = (program: string): Promise<string> =>
  new ClusterAdmin(inject('bed').kubeconfigs.admin).runNode('default', 'web', program);

/** Asks for half a second. @returns whether it was answered */
const isAnswered = async (url: string): Promise<boolean> =>
  (await inCluster(
    `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(500) }).then(() => true, () => false).then(console.log)`,
  )) === 'true\n';

/** Until a Service leads to its new pod everywhere, a node loses the first packets, and the whole connection with them. */
const untilServed = (url: string): Promise<unknown> => eventually('the Service', async () => expect(await isAnswered(url)).toBe(true));

const fetchText = (url: string): string => `fetch(${JSON.stringify(url)}).then((r) => r.text()).then(console.log)`;

describeForLaptopUsers('inbound connections', (as) => {
  const name = `inbound-${as}`;
  const serve = (flags: readonly string[], host: string, port: number, delayMs = 0): RunningInpod =>
    startInpod({
      as,
      args: [
        'run',
        '--name',
        name,
        ...flags,
        '--',
        process.execPath,
        join(inject('bed').clients, 'serve.mjs'),
        host,
        String(port),
        String(delayMs),
      ],
    });
  const end = async (session: RunningInpod): Promise<void> => {
    session.kill('SIGINT');
    await session.done;
  };

  it.each([
    ['127.0.0.1', 8080, '80'],
    ['0.0.0.0', 80, '80'],
    ['::1', 8080, '8080'],
  ])('reach a program that listens on %s, port %i, through the Service', async (host, port, podPort) => {
    const session = serve(['--expose', `${port}:${podPort}`], host, port);
    await session.shows(/running/);
    await untilServed(`http://${name}:${podPort}/`);
    expect(await inCluster(fetchText(`http://${name}:${podPort}/path`))).toBe(`${name} /path\n`);
    await end(session);
    expect(session.stderr).toContain(`the pod's port ${podPort} (${name}:${podPort} in the cluster) goes to your port ${port}`);
  });

  it('wait for a program that starts late, which is said', async () => {
    const session = serve(['--expose', '8080:80'], '127.0.0.1', 8080, 12_000);
    await session.shows(/running/);
    await eventually('one that waits', async () => {
      expect(await isAnswered(`http://${name}/`)).toBe(false);
      expect(session.stderr).toContain('a connection waits for your command to listen on port 8080');
    });
    expect(await inCluster(fetchText(`http://${name}/`))).toBe(`${name} /\n`);
    await end(session);
  });

  it('come 1,000 at once, and carry 64 MiB each way, whole', async () => {
    const session = serve(['--expose', '8080:80'], '0.0.0.0', 8080);
    await session.shows(/running/);
    await untilServed(`http://${name}/`);
    const many = `Promise.all(Array.from({ length: 1000 }, (_, i) => fetch('http://${name}/' + i).then((r) => r.text())))
      .then((texts) => console.log(texts.filter((text, i) => text === '${name} /' + i).length))`;
    expect(await inCluster(many)).toBe('1000\n');
    const bytes = 64 * mebibyte;
    const expected = createHash('sha256').update(Buffer.alloc(bytes, 'inpod ')).digest('hex');
    const both = `(async () => {
      const { createHash } = require('node:crypto');
      const body = Buffer.from(await (await fetch('http://${name}/download/${bytes}')).arrayBuffer());
      const up = await (await fetch('http://${name}/upload', { method: 'POST', body })).text();
      console.log(createHash('sha256').update(body).digest('hex'), up);
    })()`;
    expect(await inCluster(both)).toBe(`${expected} ${expected}\n`);
    await end(session);
  });

  it('arrive with their half-closes and resets', async () => {
    const session = serve(['--expose', '8080:80', '--expose', '8081:81'], '127.0.0.1', 8080);
    await session.shows(/running/);
    await untilServed(`http://${name}/`);
    const program = `const { connect } = require('node:net');
      const one = connect({ host: '${name}', port: 81, allowHalfOpen: true }, () => one.end('hello '));
      let text = ''; one.on('data', (chunk) => (text += chunk)).on('end', () => {
        const two = connect(81, '${name}', () => two.write('reset'));
        two.on('error', (error) => console.log(text, error.code)); });`;
    expect(await inCluster(program)).toBe('hello after your end ECONNRESET\n');
    await end(session);
  });

  it("come from the pod's own localhost, and leave for it", async () => {
    const session = serve(['--to-pod', '8080', '--from-pod', '7070'], '127.0.0.1', 8080);
    await session.shows(/running/);
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    expect(await admin.runNodeIn('default', name, fetchText('http://127.0.0.1:8080/side'))).toBe(`${name} /side\n`);
    await end(session);
  });

  it("reach the pod's localhost and this machine's", async () => {
    const server = createServer((_request, response) => void response.end('this machine\n'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const script = `curl -sS http://127.0.0.1:${port}; curl -sS http://host.inpod.internal:${port}; echo ready; until curl -fsS http://127.0.0.1:7070; do sleep .2; done`;
    const session = startInpod({
      as,
      args: ['run', '--name', name, '--from-host', String(port), '--from-pod', '7070', '--', 'sh', '-c', script],
    });
    await session.shows(/ready/);
    const sidecar = `const server = require('node:http').createServer((_, response) => { response.end('the pod\\n'); setTimeout(() => process.exit(), 500) }).listen(7070, '127.0.0.1');
      console.log('up'); setTimeout(() => process.exit(), 10_000);`;
    await new ClusterAdmin(inject('bed').kubeconfigs.admin).runNodeIn('default', name, sidecar);
    expect((await session.done).stdout).toBe('this machine\nthis machine\nready\nthe pod\n');
    server.close();
  });

  it('find what the command listens on at 127.0.0.1 of this machine, a debugger too', async () => {
    const session = startInpod({
      as,
      args: ['run', '--', process.execPath, '--inspect=127.0.0.1:9339', '-e', 'setInterval(() => undefined, 1000)'],
    });
    await session.shows(/port 9339 of your command is on 127\.0\.0\.1:(\d+)/);
    const port = /on 127\.0\.0\.1:(\d+)/.exec(session.stderr)?.[1];
    const version = await eventually('the debugger', async () => (await fetch(`http://127.0.0.1:${port}/json/version`)).json());
    expect(version).toMatchObject({ Browser: `node.js/${process.version}` });
    await end(session);
  });

  it('stay off this machine with --no-publish', async () => {
    const session = serve(['--no-publish', '--expose', '8099'], '127.0.0.1', 8099);
    await session.shows(/running/);
    await untilServed(`http://${name}:8099/`);
    await expect(fetch('http://127.0.0.1:8099/')).rejects.toThrow();
    await end(session);
  });

  it.each([
    [['--expose', '53/udp'], "--expose: 53/udp: UDP can't be forwarded into a session; TCP ports only"],
    [['--expose', '80', '--to-pod', '80'], '--to-pod 80 and --expose 80 both want port 80 of the pod'],
    [['--from-pod', '0'], '"0" is no port'],
  ])('are refused where %j asks for what can not be', async (flags, message) => {
    expectRun(await runInpod({ as, args: ['run', ...flags, '--', 'true'] })).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(message) as string,
    });
  });
});
