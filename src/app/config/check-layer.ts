import type * as z from 'zod';
import { nearest } from './nearest.ts';
import type { ConfigProblem } from './config-problem.ts';
import { configSchema, type ConfigValues } from './config-schema.ts';
import { environmentName, flagName, plannedKeys, settingAt, settings, type LayerKind } from './setting-table.ts';

/** What one source says, before it is checked: words, lists of words, maps of words. */
export interface ConfigLayer {
  readonly layer: LayerKind;
  /** Path of the file, for messages; of no use for flags and environment. */
  readonly file?: string | undefined;
  /** Absolute folder that relative paths of this layer start from. */
  readonly baseFolder: string;
  readonly values: unknown;
  /** Keys of the file that lead to these values: those of a profile. */
  readonly at?: readonly string[];
  /** Line of the file, from 1, where the key at that path stands, or the nearest that does. */
  readonly lineOf?: (path: readonly PropertyKey[]) => number | undefined;
}

/** Checks one layer by itself, so that each problem names where it was written. */
export function checkLayer(layer: ConfigLayer): { readonly values: ConfigValues; readonly problems: readonly ConfigProblem[] } {
  const misplaced = misplacedSettings(layer);
  const parsed = configSchema.safeParse(layer.values);
  if (parsed.success) return { values: parsed.data, problems: misplaced };
  return { values: {}, problems: [...misplaced, ...parsed.error.issues.flatMap((issue) => toProblems(layer, issue))] };
}

function misplacedSettings(layer: ConfigLayer): ConfigProblem[] {
  const values = typeof layer.values === 'object' && layer.values !== null ? layer.values : {};
  return settings
    .filter((setting) => Object.hasOwn(values, setting.path[0]) && setting.only?.includes(layer.layer) === false)
    .map((setting) => ({ ...placeOf(layer, setting.path), message: `not allowed here; ${setting.onlyReason ?? ''}`, planned: false }));
}

function toProblems(layer: ConfigLayer, issue: z.core.$ZodIssue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(layer, [...issue.path, key]));
  return [{ ...placeOf(layer, issue.path), message: describe(issue), planned: false }];
}

function unknownKey(layer: ConfigLayer, path: readonly PropertyKey[]): ConfigProblem {
  const key = String(path.at(-1));
  const place = placeOf(layer, path);
  if (path.length === 1 && plannedKeys.has(key)) return { ...place, message: "is planned, but doesn't work yet", planned: true };
  const siblings = allowedKeys(path.slice(0, -1));
  const near = nearest(key, siblings);
  const message = `is no setting; ${near === undefined ? `allowed: ${siblings.join(', ')}` : `did you mean ${near}?`}`;
  return { ...place, message, planned: false };
}

function allowedKeys(parent: readonly PropertyKey[]): string[] {
  const inside = settings.filter((setting) => parent.every((key, i) => setting.path[i] === key));
  return [...new Set(inside.flatMap((setting) => setting.path[parent.length] ?? []))];
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code !== 'invalid_type') return issue.message;
  const forms: Partial<Record<string, string>> = {
    string: 'a text',
    array: 'a list',
    object: 'a mapping of keys',
    record: 'a mapping of names to texts',
  };
  return `must be ${forms[issue.expected] ?? issue.expected}`;
}

type ProblemPlace = Pick<ConfigProblem, 'layer' | 'where' | 'file' | 'line'>;

/** How the user knows the place: flag, variable, or file with line and key. */
export function placeOf({ layer, file, at = [], lineOf }: ConfigLayer, path: readonly PropertyKey[]): ProblemPlace {
  if (layer === 'flags') return { layer, where: flagName(String(path[0])) };
  if (layer === 'environment') return { layer, where: environmentName(settingAt(path)?.path ?? path.map(String)) };
  const whole = [...at, ...path];
  const line = whole.length === 0 ? undefined : lineOf?.(whole);
  const key = whole.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`)).join('');
  const where = `${file}${line === undefined ? '' : `:${line}`}${key === '' ? '' : `: ${key}`}`;
  return { layer, where, file, line };
}
