import { persist } from './persist.ts';
import type { Opening } from './session-parts.ts';

/** What stays in the cluster where a release fails, for people. */
export interface Leavings {
  readonly objects: readonly string[];
  /** Who removes it, and how it is done by hand. */
  readonly hint: string;
}

/** Tries a release as long as the plan allows. @throws its last failure, after telling what is left behind */
export async function releaseOrTell<T>(
  { parts, plan }: Pick<Opening, 'parts' | 'plan'>,
  call: (signal: AbortSignal) => Promise<T>,
  leavings: Leavings,
): Promise<T> {
  const { clock, events } = parts;
  try {
    return await persist(call, { clock, limitMs: plan.timings.releaseLimitMs });
  } catch (error) {
    events({ kind: 'left-behind', ...leavings, reason: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
