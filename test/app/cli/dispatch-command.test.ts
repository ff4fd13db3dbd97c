import { expect, it } from 'vitest';
import { dispatchCommand } from '../../../src/app/cli/dispatch-command.ts';
import { parseCommandLine } from '../../../src/app/cli/parse-command-line.ts';

it.each([
  [['version'], 0, 'inpod 1.2.3\n'],
  [['help', 'restore'], 0, expect.stringMatching(/^words: Usage: inpod restore/)],
  [['run', '--', 'x'], 7, ''],
  [['restore', 'k3x9q'], 1, ''],
  [['completion', 'fish'], 3, ''],
  [['playground'], 4, ''],
  [['status'], 5, ''],
  [['doctor'], 6, ''],
  [['config', 'show'], 8, ''],
  [['manifest', '--guardian'], 9, ''],
  [['plan', '--swap', 'web'], 10, ''],
  [['bench'], 11, ''],
])('%j: %i', async (argv, code, printed) => {
  let out = '';
  const handlers = {
    run: () => Promise.resolve(7),
    restore: () => Promise.resolve(1),
    completion: () => Promise.resolve(3),
    playground: () => Promise.resolve(4),
    status: () => Promise.resolve(5),
    doctor: () => Promise.resolve(6),
    config: () => Promise.resolve(8),
    manifest: () => Promise.resolve(9),
    plan: () => Promise.resolve(10),
    bench: () => Promise.resolve(11),
  };
  const print = (text: string): void => void (out += text);
  const context = { version: '1.2.3', print, printWords: (text: string) => print(`words: ${text}`) };
  expect(await dispatchCommand(parseCommandLine(argv), handlers, context)).toBe(code);
  expect(out).toEqual(printed);
});
