import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../src/domain/errors.ts';
import { makeSessionFolder } from '../../../src/adapters/host/session-folder.ts';

describe('makeSessionFolder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-session-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes it for its user alone, and those above it', () => {
    const path = makeSessionFolder(join(folder, 'inpod', 'sessions'), 'a-b-c');
    expect(path).toBe(join(folder, 'inpod', 'sessions', 'a-b-c'));
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('says where it could not, and what to do', () => {
    const attempt = (): string => makeSessionFolder('/proc/inpod/sessions', 'a-b-c');
    expect(attempt).toThrow(HostError);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'STATE_UNWRITABLE', hint: expect.stringContaining('XDG_STATE_HOME') as string }) as Error,
    );
  });
});
