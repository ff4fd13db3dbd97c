import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));
const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('inpod-demo-'));

it('the demo sees all that it promises, without a terminal, and leaves nothing', async () => {
  const before = leftovers();
  const { stdout, stderr } = await run(process.execPath, [script]);
  expect(stderr).toBe('');
  for (const step of ['1. ', '2. ', '3. ', '4. ']) expect(stdout).toContain(`\n${step}`);
  expect(stdout).toMatch(/\nAll of it was seen\..*\n$/);
  expect(leftovers()).toEqual(before);
});
