import { inboundProblems } from '../../domain/session/inbound-plan.ts';
import { checkLayer, type ConfigLayer } from './check-layer.ts';
import { problemsError, type ConfigProblem } from './config-problem.ts';
import type { ConfigValues } from './config-schema.ts';
import { readEnvironmentLayer, readFileLayer, type ConfigFile } from './layer-sources.ts';
import { defaultSettings, type RunSettings } from './run-settings.ts';

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

type Flat = ConfigValues & NonNullable<ConfigValues['agent']> & NonNullable<ConfigValues['timings']>;

const pathKeys = ['envJson', 'envFile', 'kubeconfig', 'logfile', 'pcap'] as const;

/**
 * Flags over `INPOD_CONFIG_*` over the project's file over the user's over defaults. A list replaces the weaker layer's; `env`, `agent` and `timings`
 * are merged key by key.
 * @throws UsageError with all problems at once: `FLAG_INVALID` where only flags are wrong, `NOT_IMPLEMENTED` where all that is wrong is not there yet,
 * else `CONFIG_INVALID`
 */
export function mergeSettings(sources: SettingsSources): RunSettings {
  const read = [
    ...(sources.userFile ? [readFileLayer('user', sources.userFile)] : []),
    ...(sources.projectFile ? [readFileLayer('project', sources.projectFile)] : []),
    readEnvironmentLayer(sources.environment, sources.cwd),
    { layer: { layer: 'flags', baseFolder: sources.cwd, values: sources.flags } satisfies ConfigLayer, problems: [] },
  ];
  const problems: ConfigProblem[] = read.flatMap((one) => one.problems);
  let merged: ConfigValues = {};
  for (const { layer } of read) {
    const checked = checkLayer(layer);
    problems.push(...checked.problems);
    merged = overlay(merged, absolutePaths(checked.values, layer.baseFolder, sources.home));
  }
  const settings = toSettings(merged, sources.environment['SHELL']);
  problems.push(
    ...inboundProblems(settings.inbound).map((message) => ({ layer: 'flags' as const, where: 'ports', message, planned: false })),
  );
  if (problems.length > 0) throw problemsError(problems);
  return settings;
}

function overlay(below: ConfigValues, above: ConfigValues): ConfigValues {
  return {
    ...below,
    ...above,
    env: { ...below.env, ...above.env },
    agent: { ...below.agent, ...above.agent },
    timings: { ...below.timings, ...above.timings },
  };
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

function toSettings(values: ConfigValues, shell: string | undefined): RunSettings {
  const { agent, timings, ...own } = values;
  return {
    name: own.name,
    envJson: own.envJson,
    envFile: own.envFile,
    kubeNamespace: own.namespace,
    context: own.context,
    kubeconfig: own.kubeconfig,
    impersonate: own.as,
    serviceAccount: own.serviceaccount,
    logfile: own.logfile,
    pcap: own.pcap,
    ...withDefaults({ backend: defaultSettings.backend, output: defaultSettings.output, yes: false, verbose: false }, own),
    ...withDefaults({ alsoProxy: [], neverProxy: [], env: {}, envExclude: [], protectedContexts: [] }, own),
    inbound: withDefaults({ expose: [], toPod: [], fromPod: [], fromHost: [], publish: true }, own),
    agent: withDefaults(defaultSettings.agent, agent),
    timings: withDefaults(defaultSettings.timings, timings),
    command: own.command ?? [shell || '/bin/sh'],
    isShell: own.command === undefined,
  };
}

/** The keys of `defaults`, with the values that are there. */
function withDefaults<T extends Partial<Flat>>(
  defaults: T,
  values: Partial<Flat> = {},
): { [K in keyof T & keyof Flat]: NonNullable<Flat[K]> } {
  const entries = Object.entries(defaults).map(([key, fallback]) => [key, values[key as keyof Flat] ?? fallback]);
  return Object.fromEntries(entries) as { [K in keyof T & keyof Flat]: NonNullable<Flat[K]> };
}
