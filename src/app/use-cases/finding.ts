import { AppError } from '../../domain/errors.ts';

/** Parts of the report, in order. */
export const findingAreas = ['machine', 'backend', 'cluster', 'sessions'] as const;

/** One thing that was looked at. */
export interface Finding {
  readonly area: (typeof findingAreas)[number];
  /** What was looked at, in a word or two: `node`, `tun`, `rights`. Scripts go by it. */
  readonly check: string;
  /** `notice` keeps nothing from working; `planned` isn't there yet. */
  readonly verdict: 'fine' | 'notice' | 'problem' | 'planned';
  readonly summary: string;
  /** What the user can do, once. */
  readonly fix?: string | undefined;
}

/** A failure as a finding. @throws `error` itself where it is none of ours: a bug is not the user's machine */
export function findingOf(error: unknown, about: Pick<Finding, 'area' | 'check' | 'verdict'>): Finding {
  if (!(error instanceof AppError) || error.code === 'CANCELLED' || error.code === 'INVARIANT') throw error;
  return { ...about, summary: `${error.message} (${error.code})`, fix: error.hint };
}
