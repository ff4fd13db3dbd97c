import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionPath } from '../../../src/adapters/measuring/session-path.ts';
import { InvariantError } from '../../../src/domain/errors.ts';
import type { TunnelCapabilities } from '../../../src/domain/ports/tunnel-port.ts';
import { MemoryTunnel } from '../../fakes/memory-tunnel.ts';

const target = { address: '10.244.3.17', port: 28417, podName: 'inpod-abcde', clientPrivateKey: '' };

/** An `inpod` that writes down its words and answers as the measuring program would. */
const answering = `
const { appendFileSync } = require('node:fs');
appendFileSync(process.env.SAID, JSON.stringify(process.argv.slice(2)));
console.error(JSON.stringify({ kind: 'child-started', pid: process.pid }));
const answers = {
  down: { kind: 'stream', bytes: 1e6, ms: 100 }, up: { kind: 'stream', bytes: 1e6, ms: 200 },
  connects: { kind: 'connects', count: 50, ms: 500 }, requests: { kind: 'requests', tookMs: [3, 1, 2] },
};
console.log(JSON.stringify({ kind: 'ready' }));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(JSON.stringify(answers[JSON.parse(line).measure])));
`;

describe('SessionPath', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'inpod-session-path-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function path(program: string, mayTakeSudo = true, capabilities: Partial<TunnelCapabilities> = {}): SessionPath {
    writeFileSync(join(folder, 'inpod.cjs'), program);
    const environment = { PATH: process.env['PATH'], SAID: join(folder, 'said') };
    const settings = {
      program: join(folder, 'inpod.cjs'),
      client: '/dist/bench-client.cjs',
      flags: ['-n', 'shop'],
      environment,
      mayTakeSudo,
    };
    return new SessionPath(new MemoryTunnel({ child: { run: async () => ({ code: 0 }) } }, capabilities), settings);
  }
  const measure = (program: string, signal = new AbortController().signal) => path(program).measure(target, 100, signal);

  it.each([
    ['takes it where it may', true, { usable: true }],
    ['is not measured where it may not', false, { usable: false, reason: expect.stringContaining('--backend tun') as unknown }],
  ] as const)('of a backend that needs sudo %s', async (_what, mayTakeSudo, expected) => {
    expect(await path('', mayTakeSudo, { rootless: false }).probe(new AbortController().signal)).toMatchObject(expected);
  });

  it('runs the measuring program in a session of the backend, and makes figures of its answers', async () => {
    expect(await measure(answering)).toMatchObject({
      downMbitPerSecond: 80,
      upMbitPerSecond: 40,
      connectsPerSecond: 100,
      requestP50Ms: 2,
      requestP99Ms: 3,
    });
    const words = JSON.parse(readFileSync(join(folder, 'said'), 'utf8')) as string[];
    expect(words.slice(0, 5)).toEqual(['run', '-n', 'shop', '--backend', 'tun']);
    expect(words.slice(words.indexOf('--'))).toEqual(['--', process.execPath, '/dist/bench-client.cjs', '10.244.3.17', '28417']);
  });

  it('fails as the session says', async () => {
    const failing = `console.error(JSON.stringify({ kind: 'error', code: 'FORBIDDEN', message: 'you may not', hint: 'ask' })); process.exitCode = 125;`;
    await expect(measure(failing)).rejects.toMatchObject({ code: 'TUNNEL_LOST', message: 'you may not', hint: 'ask' });
  });

  it('fails where the measuring program says so', async () => {
    const failing = `console.log(JSON.stringify({ kind: 'ready' })); console.log(JSON.stringify({ kind: 'failed', message: 'down: other bytes' })); process.stdin.resume()`;
    await expect(measure(failing)).rejects.toMatchObject({ message: 'down: other bytes' });
  });

  it('ends the session by a signal when it is cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new InvariantError('enough');
    const waiting = measure(`process.stdin.resume(); process.on('SIGTERM', () => process.exit(143))`, cancelled.signal);
    cancelled.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
