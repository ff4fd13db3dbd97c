import { checkLayer, type ConfigLayer } from './check-layer.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { ConfigValues } from './config-schema.ts';
import { readEnvironmentLayer } from './environment-layer.ts';
import { readFileLayer, type ConfigFile } from './file-layer.ts';
import { splitProfiles, unknownProfile, type SplitFile } from './file-profiles.ts';

/** All that settings come from; nothing else is read. */
export interface SettingsSources {
  /** What the command line said, in the words of the file: see {@link ConfigLayer.values}. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** This process's environment: `INPOD_CONFIG_*`, and `SHELL` for the command. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The project's `inpod.yaml`, or the file of `--config`. */
  readonly projectFile?: ConfigFile | undefined;
  /** `$XDG_CONFIG_HOME/inpod/config.yaml`. */
  readonly userFile?: ConfigFile | undefined;
  /** Absolute. */
  readonly cwd: string;
  /** The user's home, for `~/`. */
  readonly home: string;
}

/** One source, checked. */
export interface StackedLayer {
  readonly source: ConfigLayer;
  /** Empty where it has problems. Paths are absolute. */
  readonly values: ConfigValues;
}

/** All that was said. */
export interface LayerStack {
  /** Weakest first. */
  readonly layers: readonly StackedLayer[];
  readonly problems: readonly ConfigProblem[];
  /** The profile that was chosen. */
  readonly profile: string | undefined;
}

const pathKeys = ['envJson', 'envFile', 'kubeconfig', 'logfile', 'pcap'] as const;

/** Checks every source by itself, profiles that weren't chosen too: the user's file, the project's, the profile's part of both, environment, flags. */
export function stackLayers(sources: SettingsSources): LayerStack {
  const { cwd, home, environment } = sources;
  const problems: ConfigProblem[] = [];
  const check = (source: ConfigLayer): StackedLayer => {
    const checked = checkLayer(source);
    problems.push(...checked.problems);
    return { source, values: absolutePaths(checked.values, source.baseFolder, home) };
  };
  const files = readFiles(sources);
  problems.push(...files.flatMap((file) => file.problems));
  const bases = files.map(({ base }) => check(base));
  const profiles = files.flatMap((file) => [...file.profiles].map(([name, layer]) => [name, check(layer)] as const));
  const variables = readEnvironmentLayer(environment, cwd);
  problems.push(...variables.problems);
  const [fromEnvironment, fromFlags] = [check(variables.layer), check({ layer: 'flags', baseFolder: cwd, values: sources.flags })];
  const chooser = fromFlags.values.profile === undefined ? fromEnvironment : fromFlags;
  const { profile } = chooser.values;
  const chosen = profiles.flatMap(([name, layer]) => (name === profile ? [layer] : []));
  // A file that can't be read may have it.
  if (profile !== undefined && chosen.length === 0 && files.every((file) => file.problems.length === 0))
    problems.push(unknownProfile(profile, profiles.map(([name]) => name), chooser.source)); // prettier-ignore
  return { layers: [...bases, ...chosen, fromEnvironment, fromFlags], problems: inReadingOrder(problems, sources), profile };
}

/** File by file, line by line; then variables and flags. */
function inReadingOrder(problems: readonly ConfigProblem[], { userFile, projectFile }: SettingsSources): readonly ConfigProblem[] {
  const rank = ({ file }: ConfigProblem): number => (file === undefined ? 2 : [userFile?.path, projectFile?.path].indexOf(file));
  return problems.toSorted((one, other) => rank(one) - rank(other) || (one.line ?? 0) - (other.line ?? 0));
}

/** Weakest first. */
function readFiles({ userFile, projectFile }: SettingsSources): readonly SplitFile[] {
  const read = [...(userFile ? [readFileLayer('user', userFile)] : []), ...(projectFile ? [readFileLayer('project', projectFile)] : [])];
  return read.map(({ layer, problems }) => {
    const split = splitProfiles(layer);
    return { ...split, problems: [...problems, ...split.problems] };
  });
}

function absolutePaths(values: ConfigValues, baseFolder: string, home: string): ConfigValues {
  const paths = pathKeys.flatMap((key) => {
    const path = values[key];
    return path === undefined ? [] : [[key, absolutePath(path, baseFolder, home)] as const];
  });
  return { ...values, ...Object.fromEntries(paths) };
}

function absolutePath(path: string, baseFolder: string, home: string): string {
  if (path.startsWith('/')) return path;
  return path.startsWith('~/') ? `${home}/${path.slice(2)}` : `${baseFolder === '/' ? '' : baseFolder}/${path.replace(/^(\.\/+)+/, '')}`;
}
