import type { V1Lease } from '@kubernetes/client-node';
import type { SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import type { LeaseFacts, RepairNotice } from '../../domain/session/lease-machine.ts';
import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';
import { sessionLabels } from './agent-pod-manifest.ts';

/** As JSON has it: times are texts, whatever the type says. */
export type LeaseObject = V1Lease;

const holdAnnotation = 'inpod.dev/hold';
const detailAnnotation = 'inpod.dev/detail';

/** Selects the words that were left for sessions. */
export const noticeSelector = 'inpod.dev/role=notice';

/** A session that hasn't woken for a day isn't going to ask. */
const noticeLifeMs = 86_400_000;

/** A session's Lease. @param nowMs - milliseconds since 1970 */
export function leaseManifest({ name, sessionId, holder, durationSeconds, hold }: SessionLeaseSpec, nowMs: number): object {
  const now = microTime(nowMs);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      labels: sessionLabels(sessionId, 'session'),
      ...(hold ? { annotations: { [holdAnnotation]: JSON.stringify(hold) } } : {}),
    },
    spec: { holderIdentity: holder, leaseDurationSeconds: durationSeconds, leaseTransitions: 0, acquireTime: now, renewTime: now },
  };
}

/** What a Lease says. The laptop's clock wrote `renewTime`; when the API took it is in `managedFields`, by whole seconds. */
export function leaseFacts({ metadata, spec }: LeaseObject, serverWallMs: number): LeaseFacts {
  return {
    holder: spec?.holderIdentity ?? '',
    claims: spec?.leaseTransitions ?? 0,
    silentMs: Math.max(0, serverWallMs - lastWrittenMs(metadata)),
    durationMs: (spec?.leaseDurationSeconds ?? 0) * 1000,
    version: metadata?.resourceVersion ?? '',
    hold: holdOf(metadata),
  };
}

/** When the API took the last write, in milliseconds since 1970; NaN where it doesn't say. */
export function lastWrittenMs(metadata: LeaseObject['metadata']): number {
  const times = (metadata?.managedFields ?? []).map(({ time }) => wallMs(time)).filter(Number.isFinite);
  return times.length === 0 ? wallMs(metadata?.creationTimestamp) : Math.max(...times);
}

/** Name of the Lease that has the word. */
export function noticeName(leaseName: string): string {
  return `${leaseName}-notice`;
}

/** A word for a session, as a Lease of its own: whoever may repair may make one, and it is seen where sessions are looked for. */
export function noticeManifest({ leaseName, by, atWallMs, detail }: RepairNotice): object {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: noticeName(leaseName), labels: { 'inpod.dev/role': 'notice' }, annotations: { [detailAnnotation]: detail } },
    spec: { holderIdentity: by, acquireTime: microTime(atWallMs) },
  };
}

export function noticeOf(leaseName: string, { metadata, spec }: LeaseObject): RepairNotice {
  return {
    leaseName,
    by: spec?.holderIdentity ?? '',
    atWallMs: wallMs(spec?.acquireTime),
    detail: metadata?.annotations?.[detailAnnotation] ?? '',
  };
}

/** Whether a notice is too old to be asked for. */
export function isStale({ metadata }: LeaseObject, nowMs: number): boolean {
  return nowMs - wallMs(metadata?.creationTimestamp) > noticeLifeMs;
}

/** RFC 3339 with microseconds, as MicroTime wants it. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

/** NaN where there is none. */
export function wallMs(time: Date | string | undefined): number {
  return time === undefined ? Number.NaN : new Date(time).getTime();
}

/** What its session has of a workload. Written by us alone; what can't be read is nobody's to give back. */
export function holdOf(metadata: LeaseObject['metadata']): WorkloadHold | undefined {
  const text = metadata?.annotations?.[holdAnnotation];
  try {
    return text === undefined ? undefined : (JSON.parse(text) as WorkloadHold);
  } catch {
    return undefined;
  }
}
