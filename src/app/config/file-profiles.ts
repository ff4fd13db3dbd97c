import { placeOf, type ConfigLayer } from './check-layer.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './nearest.ts';

/** A configuration file taken apart. */
export interface SplitFile {
  /** What holds in any case. */
  readonly base: ConfigLayer;
  /** What a profile lays over it, by its name. */
  readonly profiles: ReadonlyMap<string, ConfigLayer>;
  readonly problems: readonly ConfigProblem[];
}

/** Takes the `profiles` out of a file's layer: each becomes a layer of its own, with the file's keys but `profiles`. */
export function splitProfiles(layer: ConfigLayer): SplitFile {
  if (!isMapping(layer.values) || !Object.hasOwn(layer.values, 'profiles')) return { base: layer, profiles: new Map(), problems: [] };
  const { profiles, ...values } = layer.values;
  const base = { ...layer, values };
  if (!isMapping(profiles)) {
    const problem = { ...placeOf(layer, ['profiles']), message: 'must be a mapping of names to settings', planned: false };
    return { base, profiles: new Map(), problems: [problem] };
  }
  const named = Object.entries(profiles).map(([name, said]) => [name, profileLayer(layer, name, said)] as const);
  return { base, profiles: new Map(named), problems: [] };
}

/** An empty profile arrives as an empty text, as an empty file does. */
function profileLayer(layer: ConfigLayer, name: string, values: unknown): ConfigLayer {
  return { ...layer, layer: 'profile', at: ['profiles', name], values: values === '' ? {} : values };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a choice of a profile that no file has. @param chooser - the layer that made it */
export function unknownProfile(name: string, known: readonly string[], chooser: ConfigLayer): ConfigProblem {
  const near = nearest(name, known);
  const rest = near === undefined ? `there are: ${[...new Set(known)].join(', ')}` : `did you mean ${near}?`;
  const message =
    known.length === 0 ? `there is no profile ${name}: no configuration file has profiles` : `there is no profile ${name}; ${rest}`;
  return { ...placeOf(chooser, ['profile']), message, planned: false };
}
