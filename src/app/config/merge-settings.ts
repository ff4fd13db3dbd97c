import { inboundProblems } from '../../domain/session/inbound-plan.ts';
import { contradiction } from '../../domain/backend/backend-names.ts';
import { problemsError, type ConfigProblem } from './config-problem.ts';
import type { ConfigValues } from './config-schema.ts';
import { stackLayers, type SettingsSources, type StackedLayer } from './layer-stack.ts';
import { defaultSettings, type RunSettings } from './run-settings.ts';

type Flat = ConfigValues & Omit<NonNullable<ConfigValues['agent']>, 'name'> & NonNullable<ConfigValues['timings']>;

/** What the sources give, and all that is wrong with them. */
export interface ResolvedSettings {
  /** Of no use but for `output` where there are problems. */
  readonly settings: RunSettings;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Flags over `INPOD_CONFIG_*` over the chosen profile over the project's file over the user's over defaults. A list replaces the weaker layer's; `env`,
 * `agent` and `timings` are merged key by key.
 */
export function resolveSettings(sources: SettingsSources): ResolvedSettings {
  const { layers, problems } = stackLayers(sources);
  let merged: ConfigValues = {};
  for (const { values } of layers) merged = overlay(merged, values);
  const settings = toSettings(merged, sources.environment['SHELL']);
  return { settings, problems: [...problems, ...contradictions(settings, layers)] };
}

const portKeys = ['expose', 'toPod', 'fromPod', 'fromHost'] as const;

/** What can't be had together may come from several layers: the strongest that names some of it is told. */
function contradictions(
  { inbound, name, swap, copy, standingAgent: agent, skipInit, backend, method, serviceAccount }: RunSettings,
  layers: readonly StackedLayer[],
): readonly ConfigProblem[] {
  const told = (keys: readonly (keyof ConfigValues)[], what: string, messages: readonly string[]): readonly ConfigProblem[] => {
    const source = layers.findLast(({ values }) => keys.some((key) => values[key] !== undefined))?.source;
    const where = source?.file === undefined ? what : `${source.file}: ${what}`;
    return messages.map((message) => ({ layer: source?.layer ?? 'flags', where, file: source?.file, message, planned: false }));
  };
  const asked = Object.entries({ name, swap, copy, agent }).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`]));
  const becomes = asked.length > 1 ? [`${asked.join(' and ')}: a pod is of its own, takes a place, is a copy, or stands already`] : [];
  const isSkipping = skipInit.length > 0 && swap === undefined && copy === undefined;
  const skipped = isSkipping ? ['only a pod of a workload (--swap, --copy) has init containers to skip'] : [];
  const isLate = agent !== undefined && serviceAccount !== undefined;
  const account = isLate ? ['an agent that stands has its service account: give --serviceaccount to inpod manifest --agent'] : [];
  return [
    ...told(portKeys, 'ports', inboundProblems(inbound)),
    ...told(['name', 'swap', 'copy', 'agent'], asked.at(-1)?.slice(2) ?? '', becomes),
    ...told(['skipInit'], 'skipInit', skipped),
    ...told(['serviceaccount'], 'serviceaccount', account),
    ...told(['backend', 'method'], 'backend', [contradiction({ backend, method }) ?? []].flat()),
  ];
}

/**
 * As {@link resolveSettings}.
 * @throws UsageError with all problems at once: `FLAG_INVALID` where only flags are wrong, `NOT_IMPLEMENTED` where all that is wrong is not there yet,
 * else `CONFIG_INVALID`
 */
export function mergeSettings(sources: SettingsSources): RunSettings {
  const { settings, problems } = resolveSettings(sources);
  if (problems.length > 0) throw problemsError(problems);
  return settings;
}

function overlay(below: ConfigValues, above: ConfigValues): ConfigValues {
  return {
    ...below,
    ...above,
    env: { ...below.env, ...above.env },
    dns: { ...below.dns, ...above.dns },
    agent: { ...below.agent, ...above.agent },
    timings: { ...below.timings, ...above.timings },
  };
}

function toSettings(values: ConfigValues, shell: string | undefined): RunSettings {
  const { agent: { name: standingAgent, ...agent } = {}, timings, dns, ...own } = values;
  return {
    name: own.name,
    swap: own.swap,
    copy: own.copy,
    standingAgent,
    envJson: own.envJson,
    envFile: own.envFile,
    kubeNamespace: own.namespace,
    context: own.context,
    kubeconfig: own.kubeconfig,
    impersonate: own.as,
    serviceAccount: own.serviceaccount,
    logfile: own.logfile,
    pcap: own.pcap,
    method: own.method,
    ...withDefaults({ backend: defaultSettings.backend, output: defaultSettings.output, yes: false, verbose: false }, own),
    ...withDefaults({ skipInit: [], alsoProxy: [], neverProxy: [], env: {}, envExclude: [], protectedContexts: [] }, own),
    inbound: withDefaults({ expose: [], toPod: [], fromPod: [], fromHost: [], publish: true }, own),
    dns: { external: dns?.external, isLocalCluster: own.localCluster ?? false },
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
