import type { ByteVariable } from '../session/byte-environment.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { PodFacts } from './pod-facts.ts';

/** {@link PodFacts} as plain JSON: variables are pairs of base64, since they need not be UTF-8. */
export function podFactsToJson(facts: PodFacts): Record<string, unknown> {
  return { ...facts, environment: facts.environment.map(({ name, value }) => [encodeBase64(name), encodeBase64(value)]) };
}

/** The facts, or the name of the first field that is missing or of the wrong form. Unknown fields are ignored. Never throws. */
export function podFactsFromJson(json: unknown): PodFacts | { readonly badField: string } {
  if (typeof json !== 'object' || json === null) return { badField: 'facts' };
  const fields = json as Readonly<Record<string, unknown>>;
  const environment = readEnvironment(fields['environment']);
  if (!environment) return { badField: 'environment' };
  if (typeof fields['protocolVersion'] !== 'number') return { badField: 'protocolVersion' };
  const wrongText = (['hostname', 'hosts', 'resolvConf'] as const).find((name) => typeof fields[name] !== 'string');
  const wrongList = (['addresses', 'mounts', 'routes'] as const).find((name) => !isTextList(fields[name]));
  const badField = wrongText ?? wrongList;
  if (badField) return { badField };
  return {
    protocolVersion: fields['protocolVersion'],
    environment,
    hostname: String(fields['hostname']),
    hosts: String(fields['hosts']),
    resolvConf: String(fields['resolvConf']),
    addresses: fields['addresses'] as string[],
    mounts: fields['mounts'] as string[],
    routes: fields['routes'] as string[],
  };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function readEnvironment(value: unknown): readonly ByteVariable[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const variables = value.map(readVariable);
  return variables.every((variable) => variable !== undefined) ? variables : undefined;
}

function readVariable(pair: unknown): ByteVariable | undefined {
  if (!isTextList(pair) || pair.length !== 2) return undefined;
  const [name, value] = pair.map(decodeBase64);
  return name && value ? { name, value } : undefined;
}
