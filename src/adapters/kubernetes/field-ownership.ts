import type { V1ManagedFieldsEntry, V1ObjectMeta } from '@kubernetes/client-node';
import type { FieldOwner } from '../../domain/workload/workload-facts.ts';
import { plain } from './plain.ts';

/** As the API knows us. */
export const fieldManager = 'inpod';

type Fields = Readonly<Record<string, unknown>>;

/**
 * `metadata.managedFields` with what we took of `spec`, the replicas, back in the hands that had it before us: a later server-side apply then has no conflict.
 * @returns the new list, or `undefined` where nothing is ours
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management | Field management}
 */
export function ownershipGivenBack(
  entries: readonly V1ManagedFieldsEntry[],
  owners: readonly FieldOwner[],
): readonly V1ManagedFieldsEntry[] | undefined {
  if (!entries.some(({ manager }) => manager === fieldManager)) return undefined;
  const taken = Object.assign({}, ...entries.filter(({ manager }) => manager === fieldManager).map(specFields)) as Fields;
  const others = entries.filter(({ manager }) => manager !== fieldManager);
  if (Object.keys(taken).length === 0) return others;
  const known = others.map((entry) => (owners.some((owner) => isOf(entry, owner)) ? withFields(entry, taken) : entry));
  const missing = owners.filter((owner) => !others.some((entry) => isOf(entry, owner)));
  return [...known, ...missing.map((owner) => entryOf(owner, taken))];
}

/** Entries of `metadata.managedFields` that have `spec.replicas`. */
export function replicasOwners(metadata: V1ObjectMeta | undefined): readonly FieldOwner[] {
  return (metadata?.managedFields ?? []).flatMap((entry) => {
    const { manager = '', operation = '', apiVersion = '', subresource = '' } = entry;
    return 'f:replicas' in specFields(entry) ? [{ manager, operation, apiVersion, subresource }] : [];
  });
}

function specFields({ fieldsV1 }: V1ManagedFieldsEntry): Fields {
  return ((fieldsV1 as Fields | undefined)?.['f:spec'] ?? {}) as Fields;
}

function isOf(entry: V1ManagedFieldsEntry, owner: FieldOwner): boolean {
  const { manager = '', operation = '', apiVersion = '', subresource = '' } = entry;
  return manager === owner.manager && operation === owner.operation && apiVersion === owner.apiVersion && subresource === owner.subresource;
}

function withFields(entry: V1ManagedFieldsEntry, taken: Fields): V1ManagedFieldsEntry {
  return { ...plain(entry), fieldsV1: { ...entry.fieldsV1, 'f:spec': { ...specFields(entry), ...taken } } };
}

function entryOf({ manager, operation, apiVersion, subresource }: FieldOwner, taken: Fields): V1ManagedFieldsEntry {
  const place = subresource === '' ? {} : { subresource };
  return { manager, operation, apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': taken }, ...place };
}
