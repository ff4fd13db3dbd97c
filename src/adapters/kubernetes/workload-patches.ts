import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';
import type { WorkloadState } from './workload-object.ts';
import { markAnnotation } from './workload-view.ts';

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Where the mark is, as a JSON pointer (RFC 6901). */
const markPointer = `/metadata/annotations/${markAnnotation.replaceAll('/', '~1')}`;

const replicasPointer = '/spec/replicas';

/** Only where nobody marked or scaled it since it was read. */
export function marking(hold: WorkloadHold, { object, hasReplicas }: WorkloadState): readonly PatchOperation[] {
  const free: readonly PatchOperation[] =
    object.metadata?.annotations === undefined
      ? [
          { op: 'test', path: '/metadata/annotations', value: null },
          { op: 'add', path: '/metadata/annotations', value: {} },
        ]
      : [{ op: 'test', path: markPointer, value: null }];
  return [...free, ...(hasReplicas ? [hasStill(hold.mark.replicas)] : []), { op: 'add', path: markPointer, value: textOf(hold) }];
}

/** Only where it is ours, and as many as it was. */
export function scalingDown(hold: WorkloadHold): readonly PatchOperation[] {
  return [{ op: 'test', path: markPointer, value: textOf(hold) }, ...scaling(hold.mark.replicas, 0)];
}

/** Of a `scale` subresource, which has the replicas at the same place, but no annotations; and none at all where they are 0. */
export function scalingApart(from: number, to: number): readonly PatchOperation[] {
  return [
    { op: 'test', path: replicasPointer, value: from === 0 ? null : from },
    { op: 'add', path: replicasPointer, value: to },
  ];
}

/** @param replicas - what it gets back in the same write; `undefined` where it keeps what it has */
export function unmarking(
  { object, hasReplicas, replicas: found }: WorkloadState,
  replicas: number | undefined,
): readonly PatchOperation[] {
  return [
    { op: 'test', path: markPointer, value: object.metadata?.annotations?.[markAnnotation] ?? '' },
    ...(hasReplicas ? (replicas === undefined ? [hasStill(found ?? 0)] : scaling(found ?? 0, replicas)) : []),
    { op: 'remove', path: markPointer },
  ];
}

/** A list of fields' owners, where nobody wrote since it was read. */
export function owning(resourceVersion: string, managedFields: readonly unknown[]): readonly PatchOperation[] {
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'replace', path: '/metadata/managedFields', value: managedFields },
  ];
}

function scaling(from: number, to: number): readonly PatchOperation[] {
  return [hasStill(from), { op: 'replace', path: replicasPointer, value: to }];
}

function hasStill(replicas: number): PatchOperation {
  return { op: 'test', path: replicasPointer, value: replicas };
}

/** The same text each time, so that the API can compare. */
function textOf({ mark: { version, lease, holder, replicas } }: WorkloadHold): string {
  return JSON.stringify({ version, lease, holder, replicas });
}
