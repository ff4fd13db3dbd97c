import { environmentName, flagName, settings, type Setting } from './setting-table.ts';
import type { LayerStack, StackedLayer } from './layer-stack.ts';
import { defaultSettings } from './run-settings.ts';

/** Where a value was said. */
export type SettingOrigin =
  | { readonly kind: 'flag' | 'variable'; readonly name: string }
  | { readonly kind: 'file'; readonly file: string; readonly line?: number | undefined; readonly profile?: string | undefined }
  | { readonly kind: 'default' };

/** One setting that is in force. */
export interface ExplainedSetting {
  /** As in `inpod.yaml`, with dots; of a map one for each name: `env.LOG_LEVEL`. */
  readonly key: string;
  /** In the words of `inpod.yaml`, paths absolute; `null` where nothing is set. Never a variable's value. */
  readonly value: string | number | boolean | readonly string[] | null;
  readonly from: SettingOrigin;
  /** What nothing means. */
  readonly meaning?: string | undefined;
}

/** Of settings that have no default value. */
const unsetMeanings: Readonly<Record<string, string>> = {
  name: 'inpod-USER-FOLDER-ID',
  method: 'the backend decides',
  namespace: "the context's",
  context: 'the current one',
  kubeconfig: '$KUBECONFIG, else ~/.kube/config',
  as: 'nobody is impersonated',
  serviceaccount: "the namespace's default",
  logfile: "log.jsonl in the session's folder",
  command: 'your shell',
};

const defaults: Readonly<Record<string, unknown>> = { ...defaultSettings, publish: true, verbose: false, yes: false };

/** Every setting with the value that wins and where that was said. @param stack - without problems */
export function explainSettings(stack: LayerStack): readonly ExplainedSetting[] {
  return settings.flatMap((setting) => (setting.shape === 'map' ? explainMap(setting, stack) : [explainOne(setting, stack)]));
}

function explainOne({ path, shape }: Setting, { layers, profile }: LayerStack): ExplainedSetting {
  const key = path.join('.');
  const layer = layers.findLast(({ source }) => valueAt(source.values, path) !== undefined);
  if (layer) return { key, value: shownValue(layer, path, shape), from: originOf(layer, path, profile) };
  const value = valueAt(defaults, path) as string | number | boolean | undefined;
  const nothing = shape === 'list' && path[0] !== 'command' ? [] : null;
  return { key, value: value ?? nothing, from: { kind: 'default' }, meaning: unsetMeanings[key] };
}

/** By name, since maps are merged. The values are variables': secrets, perhaps. */
function explainMap({ path }: Setting, { layers, profile }: LayerStack): readonly ExplainedSetting[] {
  const origins = new Map<string, SettingOrigin>();
  for (const layer of layers)
    for (const name of Object.keys(valueAt(layer.source.values, path) ?? {})) origins.set(name, originOf(layer, [...path, name], profile));
  return [...origins].map(([name, from]) => ({ key: [...path, name].join('.'), value: '(hidden)', from }));
}

/** As it was checked where that is plain, an absolute path or a number; else as it was written. */
function shownValue({ source, values }: StackedLayer, path: readonly string[], shape: Setting['shape']): ExplainedSetting['value'] {
  const written = valueAt(source.values, path) as string | readonly string[];
  const checked = valueAt(values, path);
  if (typeof checked === 'string' || typeof checked === 'number' || typeof checked === 'boolean') return checked;
  return shape === 'list' && typeof written === 'string' && path[0] !== 'command' ? [written] : written;
}

function originOf({ source }: StackedLayer, path: readonly string[], profile: string | undefined): SettingOrigin {
  const [first = ''] = path;
  if (source.layer === 'flags') return first === 'command' ? { kind: 'flag', name: '--' } : { kind: 'flag', name: flagName(first) };
  if (source.layer === 'environment') return { kind: 'variable', name: environmentName(first === 'env' ? ['env'] : path) };
  const line = source.lineOf?.([...(source.at ?? []), ...path]);
  return { kind: 'file', file: source.file ?? '', line, ...(source.layer === 'profile' ? { profile } : {}) };
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), values);
}
