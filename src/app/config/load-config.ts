import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import type { ConfigFile } from './file-layer.ts';
import type { SettingsSources } from './layer-stack.ts';
import { mergeSettings } from './merge-settings.ts';
import type { RunSettings } from './run-settings.ts';

/** What decides which files are read. */
export interface LoadRequest extends Pick<SettingsSources, 'flags' | 'environment' | 'cwd' | 'home'> {
  /** `--config FILE`: read in place of the project's file. */
  readonly configFile?: string | undefined;
}

/** Settings, and the files that had a say in them. */
export interface LoadedSettings {
  readonly settings: RunSettings;
  /** Absolute paths, strongest first. */
  readonly files: readonly string[];
}

/**
 * Reads the configuration files and merges all layers.
 * @throws UsageError `CONFIG_INVALID` where a file can't be read, and what {@link mergeSettings} throws
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const sources = await loadSources(request);
  return { settings: mergeSettings(sources), files: filesOf(sources) };
}

/** Reads the configuration files, and looks into none. @throws UsageError `CONFIG_INVALID` where a file can't be read */
export async function loadSources(request: LoadRequest): Promise<SettingsSources> {
  const { flags, environment, cwd, home } = request;
  const [projectFile, userFile] = await Promise.all([findProjectFile(request), readOptional(userConfigPath(environment, home))]);
  return { flags, environment, cwd, home, projectFile, userFile };
}

/** Paths of the files that were found, strongest first. */
export function filesOf({ projectFile, userFile }: SettingsSources): readonly string[] {
  return [projectFile, userFile].flatMap((file) => file?.path ?? []);
}

/** `$XDG_CONFIG_HOME/inpod/config.yaml`; a relative XDG_CONFIG_HOME doesn't count, as its specification says. */
export function userConfigPath(environment: LoadRequest['environment'], home: string): string {
  const base = environment['XDG_CONFIG_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(home, '.config'), 'inpod', 'config.yaml');
}

async function findProjectFile(request: LoadRequest): Promise<ConfigFile | undefined> {
  if (request.configFile === undefined) return firstFile(await projectFolders(request.cwd));
  const path = resolve(request.cwd, request.configFile);
  const file = await readOptional(path);
  if (file) return file;
  throw new UsageError({ code: 'CONFIG_INVALID', message: `--config: ${path} doesn't exist`, hint: 'check the path' });
}

/** `cwd` and its parents up to the repository's root; `cwd` alone where there is no repository: no stranger's file from further up. */
async function projectFolders(cwd: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    if (await exists(join(folder, '.git'))) return folders;
    if (folder === dirname(folder)) return [cwd];
  }
}

async function firstFile(folders: readonly string[]): Promise<ConfigFile | undefined> {
  for (const folder of folders) {
    const file = await readOptional(join(folder, 'inpod.yaml'));
    if (file) return file;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false); // prettier-ignore
}

async function readOptional(path: string): Promise<ConfigFile | undefined> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError({
      code: 'CONFIG_INVALID',
      message: `${path} can't be read: ${String(code)}`,
      hint: 'check its permissions',
      cause: error,
    });
  }
}
