import { ClusterError } from '../../domain/errors.ts';
import type { Meddling, Workloads } from '../../domain/ports/cluster/workloads.ts';
import type { WorkloadHold } from '../../domain/workload/workload-facts.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';
import { persist } from './persist.ts';
import type { Opening } from './session-parts.ts';

interface WatchHoldParts {
  readonly opening: Opening;
  readonly workloads: Workloads;
  readonly hold: WorkloadHold;
}

/** While the API is away. */
const pauseMs = 5000;

/** Tells, once, when somebody scales up or deletes a workload that the session has at 0: both would serve, and nobody would know why. Never rejects. */
export async function watchHold({ opening, workloads, hold }: WatchHoldParts, signal: AbortSignal): Promise<void> {
  const { clock, events } = opening.parts;
  try {
    const meddling = await persist((abandoned) => workloads.untilMeddled(hold, abandoned), { clock, limitMs: Infinity, signal, pauseMs });
    events({ kind: 'warning', code: 'CONFLICT', ...described(describeWorkload(hold), meddling) });
  } catch (error) {
    // The session's end; or the user may not watch, which takes nothing from the session.
    if (signal.aborted || (error instanceof ClusterError && error.code === 'FORBIDDEN')) return;
    const message = `whether ${describeWorkload(hold)} is scaled up meanwhile can't be seen: ${String(error)}`;
    events({ kind: 'warning', code: 'API_ERROR', message, hint: undefined });
  }
}

function described(name: string, meddling: Meddling): { readonly message: string; readonly hint: string } {
  if (meddling.did === 'deleted')
    return { message: `${name} was deleted: your command serves in its place until it ends`, hint: 'nobody will be left to serve then' };
  return {
    message: `${name} was scaled up again by ${meddling.by}: its pods serve beside your command`,
    hint: `let that pause meanwhile (Argo CD: auto-sync off; Flux: suspend), or run beside it: --copy ${name}`,
  };
}
