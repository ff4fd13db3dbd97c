import type { ConfigProblem } from './config-problem.ts';
import type { ReadLayer } from './file-layer.ts';
import { nearest } from './nearest.ts';
import { environmentName, plannedKeys, settings, type Setting } from './setting-table.ts';

/**
 * Reads `INPOD_CONFIG_*`: words as they are, lists separated by commas (a command is for the shell), maps as JSON. Empty variables count as not set.
 * @param environment - names to values; others than `INPOD_CONFIG_*` are passed over
 */
export function readEnvironmentLayer(environment: Readonly<Record<string, string | undefined>>, cwd: string): ReadLayer {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('INPOD_CONFIG_') || value === undefined || value === '') continue;
    const setting = settings.find((candidate) => environmentName(candidate.path) === name);
    const parsed = setting && parseValue(setting, value);
    if (!setting) problems.push(unknownVariable(name));
    else if (parsed === undefined) problems.push(problem(name, 'must be a JSON object of texts, such as {"LOG_LEVEL":"debug"}'));
    else place(values, setting.path, parsed);
  }
  return { layer: { layer: 'environment', baseFolder: cwd, values }, problems };
}

function parseValue(setting: Setting, value: string): unknown {
  if (setting.shape === 'map') return parseJsonObject(value);
  if (setting.shape === 'word' || setting.path[0] === 'command') return value;
  return value.split(',').map((item) => item.trim()).filter((item) => item !== ''); // prettier-ignore
}

function parseJsonObject(value: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function unknownVariable(name: string): ConfigProblem {
  const known = settings.map((setting) => environmentName(setting.path));
  if ([...plannedKeys].some((key) => environmentName([key]) === name)) {
    return { ...problem(name, "is planned, but doesn't work yet"), planned: true };
  }
  const near = nearest(name, known);
  return problem(name, near === undefined ? 'is no setting' : `is no setting; did you mean ${near}?`);
}

function place(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) values[key] = value;
  else place((values[key] ??= {}) as Record<string, unknown>, rest, value);
}

function problem(where: string, message: string): ConfigProblem {
  return { layer: 'environment', where, message, planned: false };
}
