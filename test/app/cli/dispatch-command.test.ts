import { expect, it } from 'vitest';
import { dispatchCommand } from '../../../src/app/cli/dispatch-command.ts';
import { parseCommandLine } from '../../../src/app/cli/parse-command-line.ts';

it.each([
  [['version'], 0, 'inpod 1.2.3\n'],
  [['help', 'restore'], 0, expect.stringMatching(/^Usage: inpod restore/)],
  [['run', '--', 'x'], 7, ''],
  [['restore', 'k3x9q'], 1, ''],
])('%j: %i', async (argv, code, printed) => {
  let out = '';
  const handlers = { run: () => Promise.resolve(7), restore: () => Promise.resolve(1) };
  expect(await dispatchCommand(parseCommandLine(argv), handlers, { version: '1.2.3', print: (text) => (out += text) })).toBe(code);
  expect(out).toEqual(printed);
});
