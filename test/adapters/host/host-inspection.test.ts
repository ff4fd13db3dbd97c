import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostInspection } from '../../../src/adapters/host/host-inspection.ts';

const host = new HostInspection();
let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'inpod-inspect-'))));
afterEach(() => rmSync(root, { recursive: true }));

it('names the files that are missing', async () => {
  writeFileSync(join(root, 'there'), '');
  await expect(host.missingFiles([join(root, 'there'), join(root, 'gone')])).resolves.toEqual([join(root, 'gone')]);
});

it.each(['.', 'not/yet/there'])('may write in %s, and leaves nothing', async (folder) => {
  await host.requireWritable(join(root, folder));
  expect(readdirSync(root)).toEqual([]);
});

it('says where nothing can be written', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(host.requireWritable(join(root, 'file'))).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
  await expect(host.requireWritable('/proc/inpod')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
});
