import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, userConfigPath } from '../../../src/app/config/load-config.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inpod-config-'));
  mkdirSync(join(root, 'repo/sub/deep'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const load = (cwd: string, more: object = {}): ReturnType<typeof loadSettings> =>
  loadSettings({ flags: {}, environment: {}, cwd: join(root, cwd), home: join(root, 'home'), ...more });
const write = (path: string, text: string): void => writeFileSync(join(root, path), text);

describe('the project file', () => {
  it("is found upwards to the repository's root", async () => {
    mkdirSync(join(root, 'repo/.git'));
    write('repo/inpod.yaml', 'namespace: shop');
    const { settings, files } = await load('repo/sub/deep');
    expect(settings.kubeNamespace).toBe('shop');
    expect(files).toEqual([join(root, 'repo/inpod.yaml')]);
  });

  it('is not looked for above the root', async () => {
    mkdirSync(join(root, 'repo/sub/.git'));
    write('repo/inpod.yaml', 'namespace: shop');
    expect((await load('repo/sub/deep')).files).toEqual([]);
  });

  it('counts only in the folder itself where there is no repository', async () => {
    write('repo/inpod.yaml', 'namespace: shop');
    expect((await load('repo/sub')).files).toEqual([]);
    expect((await load('repo')).settings.kubeNamespace).toBe('shop');
  });

  it('may be named by --config, and then must exist', async () => {
    write('other.yaml', 'namespace: other');
    write('repo/inpod.yaml', 'namespace: shop');
    expect((await load('repo', { configFile: '../other.yaml' })).settings.kubeNamespace).toBe('other');
    await expect(load('repo', { configFile: 'none.yaml' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('repo/none.yaml'),
    });
  });
});

describe("the user's file", () => {
  it('lies under XDG_CONFIG_HOME', async () => {
    mkdirSync(join(root, 'xdg/inpod'), { recursive: true });
    write('xdg/inpod/config.yaml', 'protectedContexts: [prod]');
    const { settings } = await load('repo', { environment: { XDG_CONFIG_HOME: join(root, 'xdg') } });
    expect(settings.protectedContexts).toEqual(['prod']);
  });
  it.each([
    [{}, '/h/.config/inpod/config.yaml'],
    [{ XDG_CONFIG_HOME: 'relative' }, '/h/.config/inpod/config.yaml'],
    [{ XDG_CONFIG_HOME: '/x' }, '/x/inpod/config.yaml'],
  ])('%j: %s', (environment, path) => {
    expect(userConfigPath(environment, '/h')).toBe(path);
  });
  it('that is a folder is an error', async () => {
    mkdirSync(join(root, 'home/.config/inpod/config.yaml'), { recursive: true });
    await expect(load('repo')).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('EISDIR') });
  });
});
