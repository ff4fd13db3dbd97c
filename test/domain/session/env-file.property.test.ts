import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect } from 'vitest';
import { fromBinary, toBinary } from '../../../src/domain/session/byte-text.ts';
import { parseEnvironmentBlock } from '../../../src/domain/session/child-environment.ts';
import { formatEnvFile, formatEnvJson, isOurEnvFile, isOurEnvJson } from '../../../src/domain/session/env-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'inpod-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (binary: string): Uint8Array => fromBinary(binary);
const pairs = (variables: Record<string, string>): { name: Uint8Array; value: Uint8Array }[] =>
  Object.entries(variables).map(([name, value]) => ({ name: bytes(name), value: bytes(value) }));

/** What a shell makes of the file: `set -a; . FILE; env -0`. */
function readByShell(shell: string, content: Uint8Array): Map<string, string> {
  const file = join(folder, 'pod.env');
  writeFileSync(file, content);
  const block = execFileSync('/usr/bin/env', ['-i', shell, '-c', `set -a; . ${file}; exec /usr/bin/env -0`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Map(parseEnvironmentBlock(block).map(({ name, value }) => [toBinary(name), toBinary(value)]));
}

const anyValue = fc.uint8Array({ maxLength: 40 }).map((value) => toBinary(value.filter((byte) => byte !== 0)));
const hardValue = fc.oneof(
  anyValue,
  fc.constantFrom("it's", '$(id) `id` $HOME', 'a\nb\n', '~/x', 'a:~/b', '\\', '"', '!', '', ' ', '\r\n', '#no', 'a=b'),
);

describe.each(['dash', 'bash'])('an env file read by %s', (shell) => {
  test.prop([fc.dictionary(fc.stringMatching(/^X[A-Za-z0-9_]{0,6}$/), hardValue, { maxKeys: 8 })], { numRuns: 25 })(
    'gives every byte back',
    (variables) => {
      const { bytes: content, leftOut } = formatEnvFile(pairs(variables));
      expect(leftOut).toEqual([]);
      const read = readByShell(shell, content);
      for (const [name, value] of Object.entries(variables)) expect(read.get(name)).toBe(value);
    },
  );
});

describe('an env file', () => {
  test('has plain values unquoted, as docker wants them, and a mark', () => {
    const { bytes: content } = formatEnvFile(pairs({ PORT: '8080', URL: 'http://a/b?c', TEXT: "it's" }));
    expect(toBinary(content)).toBe("# written by inpod; for a shell: set -a; . FILE\nPORT=8080\nURL='http://a/b?c'\nTEXT='it'\\''s'\n");
    expect(isOurEnvFile(content)).toBe(true);
  });
  test('leaves out what no shell can assign, and says so', () => {
    const { bytes: content, leftOut } = formatEnvFile(pairs({ 'my.name': 'x', 'BASH_FUNC_f%%': '() { :; }', OK: 'y' }));
    expect(leftOut).toEqual(['my.name', 'BASH_FUNC_f%%']);
    expect(toBinary(content)).not.toContain('my.name');
  });
  test.each([
    ['', true],
    ['# written by inpod; more', true],
    ['A=b\n', false],
    ['# written by', false],
  ])('%j is ours: %s', (content, ours) => {
    expect(isOurEnvFile(bytes(content))).toBe(ours);
  });
});

describe('a JSON file', () => {
  test.prop([fc.dictionary(fc.string({ minLength: 1 }), fc.string())])('gives every text back', (variables) => {
    const encoded = Object.entries(variables).map(([name, value]) => ({ name: Buffer.from(name), value: Buffer.from(value) }));
    expect(JSON.parse(Buffer.from(formatEnvJson(encoded)).toString())).toEqual({ ...variables });
  });
  test('refuses what is no text, by name and not by value', () => {
    expect(() => formatEnvJson(pairs({ BLOB: 'secret\xff' }))).toThrowError(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: "--env-json can't hold BLOB: its value isn't UTF-8 text",
        hint: expect.stringContaining('--env-exclude BLOB'),
      }),
    );
    expect(() => formatEnvJson(pairs({ 'N\xff': 'x' }))).toThrowError(/can't hold N\\xff: its name/);
  });
  test.each([
    ['', true],
    ['{"INPOD_SESSION":"abcde"}', true],
    ['{"A":"b"}', false],
    ['[]', false],
    ['null', false],
    ['not json', false],
    ['\xff', false],
  ])('%j is ours: %s', (content, ours) => {
    expect(isOurEnvJson(bytes(content))).toBe(ours);
  });
});
