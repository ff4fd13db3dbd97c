import type { ToldName } from '../dns/told-name.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';

/** A name that was answered in the pod, as JSON. */
export function toldNameToJson({ addresses, ...told }: ToldName): object {
  return { ...told, addresses: addresses.map(String) };
}

/** @returns `undefined` where one of them is none */
export function toldNamesFromJson(value: unknown): readonly ToldName[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.map(toldNameFromJson);
  return names.every((one) => one !== undefined) ? names : undefined;
}

const sides = ['cluster', 'laptop', 'nobody'] as const;
const outcomes = ['found', 'no-such-record', 'no-such-name', 'failed'] as const;

function toldNameFromJson(value: unknown): ToldName | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, type, by, outcome, tookMs, addresses } = value as Readonly<Record<string, unknown>>;
  const side = sides.find((one) => one === by);
  const known = outcomes.find((one) => one === outcome);
  if (typeof name !== 'string' || typeof type !== 'string' || typeof tookMs !== 'number' || !side || !known) return undefined;
  const texts: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  const parsed = texts.flatMap((text) => (typeof text === 'string' ? (IpAddress.parse(text) ?? []) : []));
  return { name, type, by: side, outcome: known, tookMs, addresses: parsed };
}
