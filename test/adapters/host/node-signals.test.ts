import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A process that subscribes, tells each signal, and ends its subscription when it is asked for by a line on stdin. */
const program = `
  import { nodeSignals } from './src/adapters/host/node-signals.ts';
  const stop = nodeSignals.subscribe((signalNumber) => process.stdout.write(signalNumber + '\\n'));
  process.stdin.once('data', () => { stop(); process.stdout.write('stopped\\n'); });
  process.stdout.write('ready\\n');
`;

describe('nodeSignals', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inpod-signals-'));
    file = join(folder, 'program.mjs');
    await build({
      stdin: { contents: program, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('tells the signals by number while subscribed, stays alive at Ctrl-Z, and dies as usual afterwards', async () => {
    const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>;
    const next = async (): Promise<string> => ((await lines.next()).value as string).trim();
    expect(await next()).toBe('ready');
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
      ['SIGQUIT', 3],
    ] as const) {
      child.kill(signal);
      expect(await next()).toBe(`${number}`);
    }
    child.kill('SIGTSTP');
    child.kill('SIGINT');
    expect(await next()).toBe('2');
    child.stdin.write('stop\n');
    expect(await next()).toBe('stopped');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it.each([
    ["'INPOD'", 'ends by SIGTERM with', ['ready', '15']],
    ["'INPOD' & wait", 'outlives', ['ready', 'stopped']],
  ])('`sh -c %s` %s its shell', async (script, _, said) => {
    const inpod = join(folder, 'inpod');
    await writeFile(inpod, `#!/bin/sh\nexec '${process.execPath}' '${file}' <&3\n`, { mode: 0o755 });
    const shell = spawn('/bin/sh', ['-c', script.replace('INPOD', inpod)], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    const lines = createInterface(shell.stdout as Readable)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe(said[0]);
    shell.kill('SIGTERM');
    await once(shell, 'exit');
    if (said[1] === 'stopped') (shell.stdio[3] as Writable).write('stop\n');
    expect((await lines.next()).value).toBe(said[1]);
    (shell.stdio[3] as Writable).end('stop\n');
  });
});
