import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { readLocalEnvironment } from '../../../src/adapters/host/local-environment.ts';
import { decodeUtf8, fromBinary } from '../../../src/domain/session/byte-text.ts';
import { parseEnvironmentBlock } from '../../../src/domain/session/child-environment.ts';

const names = (environment: ReturnType<typeof readLocalEnvironment>): (string | undefined)[] =>
  environment.map(({ name }) => decodeUtf8(name));

it('is what the process was started with', () => {
  expect(names(readLocalEnvironment())).toContain('PATH');
});

it('keeps bytes that Node would lose', () => {
  const block = execFileSync('env', ['-i', 'sh', '-c', "X=$(printf 'a\\377b'); export X; exec cat /proc/self/environ"]);
  expect(parseEnvironmentBlock(block)).toContainEqual({ name: fromBinary('X'), value: fromBinary('a\xffb') });
});

it("is Node's where there is no /proc", () => {
  expect(names(readLocalEnvironment('/nonexistent', { A: 'b', NONE: undefined }))).toEqual(['A']);
});
