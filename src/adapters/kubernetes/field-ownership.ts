import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import type { FieldOwner } from '../../domain/workload/workload-facts.ts';
import { plain } from './plain.ts';

/** As the API knows us. */
export const fieldManager = 'inpod';

type Fields = Readonly<Record<string, unknown>>;

/**
 * `metadata.managedFields` with `spec.replicas` back in the hands that had it before us: a later server-side apply then has no conflict.
 * @returns the new list, or `undefined` where nothing is ours
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management | Field management}
 */
export function ownershipGivenBack(
  entries: readonly V1ManagedFieldsEntry[],
  owners: readonly FieldOwner[],
): readonly V1ManagedFieldsEntry[] | undefined {
  if (!entries.some(({ manager }) => manager === fieldManager)) return undefined;
  const others = entries.filter(({ manager }) => manager !== fieldManager);
  const known = others.map((entry) => (owners.some((owner) => isOf(entry, owner)) ? withReplicas(entry) : entry));
  const missing = owners.filter((owner) => !others.some((entry) => isOf(entry, owner)));
  return [...known, ...missing.map(entryOf)];
}

function isOf(entry: V1ManagedFieldsEntry, owner: FieldOwner): boolean {
  const { manager = '', operation = '', apiVersion = '', subresource = '' } = entry;
  return manager === owner.manager && operation === owner.operation && apiVersion === owner.apiVersion && subresource === owner.subresource;
}

function withReplicas(entry: V1ManagedFieldsEntry): V1ManagedFieldsEntry {
  const fields = (entry.fieldsV1 ?? {}) as Fields;
  return { ...plain(entry), fieldsV1: { ...fields, 'f:spec': { ...(fields['f:spec'] as Fields | undefined), 'f:replicas': {} } } };
}

function entryOf({ manager, operation, apiVersion, subresource }: FieldOwner): V1ManagedFieldsEntry {
  const place = subresource === '' ? {} : { subresource };
  return { manager, operation, apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:replicas': {} } }, ...place };
}
