import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../src/domain/session/byte-text.ts';
import { checkEnvOutputs, writeEnvOutputs } from '../../../src/app/cli/write-env-output.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inpod-out-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const variables = Object.entries({ INPOD_SESSION: 'k3x9q', A: 'b c' }).map(([name, value]) => ({
  name: encodeUtf8(name),
  value: encodeUtf8(value),
}));
const outputs = (): { envJson: string; envFile: string } => ({ envJson: join(folder, 'e.json'), envFile: join(folder, 'e.env') });
const both = { envJson: undefined, envFile: undefined };

describe('files of variables', () => {
  it('are written for their user alone, and written anew', async () => {
    for (let round = 0; round < 2; round++) {
      await checkEnvOutputs(outputs());
      expect(await writeEnvOutputs(outputs(), variables)).toEqual([]);
    }
    expect(JSON.parse(readFileSync(outputs().envJson, 'utf8'))).toEqual({ INPOD_SESSION: 'k3x9q', A: 'b c' });
    expect(readFileSync(outputs().envFile, 'utf8')).toContain("\nA='b c'\n");
    for (const path of Object.values(outputs())) expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('may be empty before, as mktemp makes them', async () => {
    writeFileSync(outputs().envFile, '', { mode: 0o644 });
    await writeEnvOutputs({ ...both, envFile: outputs().envFile }, variables);
    expect(statSync(outputs().envFile).mode & 0o777).toBe(0o600);
  });

  it.each(['envJson', 'envFile'] as const)("are never written over somebody else's: %s", async (key) => {
    const path = outputs()[key];
    writeFileSync(path, '{"A": "precious"}');
    await expect(checkEnvOutputs({ ...both, [key]: path })).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      message: expect.stringContaining(path),
    });
    await expect(writeEnvOutputs({ ...both, [key]: path }, variables)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readFileSync(path, 'utf8')).toBe('{"A": "precious"}');
  });

  it('may be a pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await checkEnvOutputs({ ...both, envJson: path });
    const [content] = await Promise.all([text(reader.stdout), writeEnvOutputs({ ...both, envJson: path }, variables)]);
    expect(JSON.parse(content)).toMatchObject({ A: 'b c' });
  });

  it('must be two', async () => {
    const path = outputs().envFile;
    await expect(checkEnvOutputs({ envJson: path, envFile: path })).rejects.toMatchObject({ code: 'FLAG_CONFLICT' });
  });

  it.each(['missing/e.env', ''])('that cannot be written are an error: %j', async (name) => {
    mkdirSync(join(folder, 'sub'));
    const path = join(folder, name);
    await expect(writeEnvOutputs({ ...both, envFile: path }, variables)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  it('in a missing folder are refused early', async () => {
    await expect(checkEnvOutputs({ ...both, envFile: join(folder, 'missing/e.env') })).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});
