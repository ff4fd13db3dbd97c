import { once } from 'node:events';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../../src/adapters/ssh/link-keys.ts';
import type { Link } from '../../../../src/domain/ports/link-port.ts';
import { startTestAgent, type TestAgent } from '../../../support/link-agent.ts';

describe('a second key', () => {
  const key = generateKeyPair();
  const clients: ssh2.Client[] = [];
  let agent: TestAgent;
  let link: Link;

  beforeEach(async () => {
    agent = await startTestAgent();
    link = await agent.open();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await agent.close();
  });

  /** @throws where the agent refuses */
  async function connect(privateKey = key.private): Promise<ssh2.Client> {
    const client = new ssh2.Client();
    clients.push(client);
    const ready = once(client, 'ready');
    client.connect({ host: '127.0.0.1', port: agent.agent.port, username: 'inpod', privateKey });
    await ready;
    return client;
  }

  async function run(client: ssh2.Client, command: string, input = ''): Promise<object> {
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
      client.exec(command, (error, made) => (error ? reject(error) : resolve(made))),
    );
    let [stdout, stderr] = ['', ''];
    channel.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    channel.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exit = once(channel, 'exit');
    const closed = once(channel, 'close');
    channel.end(input);
    const [code] = (await exit) as [number];
    await closed;
    return { stdout, stderr, code };
  }

  it('is refused until the client says it', async () => {
    await expect(connect()).rejects.toThrow(/authentication/i);
    await link.allowExec(key.public);
    await connect();
  });

  it('may run commands, with their input, output, errors and code', async () => {
    await link.allowExec(key.public);
    const client = await connect();
    const script = 'cat; echo wrong >&2; exit 7';
    const input = 'x'.repeat(1_000_000);
    expect(await run(client, script, input)).toEqual({ stdout: input, stderr: 'wrong\n', code: 7 });
    expect(await run(client, 'no-such-command-anywhere')).toMatchObject({ stdout: '', code: 127 });
  });

  it('may do nothing else, and takes the place of nobody', async () => {
    await link.allowExec(key.public);
    const client = await connect();
    const refusal = (ask: (done: (error: Error | undefined) => void) => void): Promise<Error | undefined> => new Promise(ask);
    expect(await refusal((done) => client.subsys('inpod-control', done))).toBeInstanceOf(Error);
    expect(await refusal((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', agent.agent.port, done))).toBeInstanceOf(Error);
    expect(await refusal((done) => client.forwardIn('127.0.0.1', 0, done))).toBeInstanceOf(Error);
    expect(await refusal((done) => client.shell(done))).toBeInstanceOf(Error);
    await link.openNameServer(); // The first client's link is as it was.
  });

  it('is forgotten for a later one, and outlives a lost path of who said it', async () => {
    await link.allowExec(key.public);
    const later = generateKeyPair();
    await (await agent.open()).allowExec(later.public);
    await connect(later.private);
    await expect(connect()).rejects.toThrow(/authentication/i);
  });

  it('that is none is refused', async () => {
    await expect(link.allowExec('no key')).rejects.toMatchObject({ code: 'LINK_FAILED' });
  });

  it('ends what it runs when its connection ends', async () => {
    await link.allowExec(key.public);
    const client = await connect();
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
      client.exec('echo $$; exec sleep 600', (error, made) => (error ? reject(error) : resolve(made))),
    );
    const [pid] = (await once(channel, 'data')) as [Buffer];
    client.destroy();
    await expect
      .poll(() => {
        try {
          return process.kill(Number(pid), 0);
        } catch {
          return false;
        }
      })
      .toBe(false);
  });
});
