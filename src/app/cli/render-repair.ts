import type { RepairOutcome } from '../use-cases/repair-sessions.ts';

/** What `inpod restore` prints, and whether nothing is left to do. */
export interface RenderedRepair {
  readonly text: string;
  readonly complete: boolean;
}

/** Outcomes that leave something, or somebody, to see to. */
const incomplete: readonly RepairOutcome['outcome'][] = ['failed', 'unknown', 'claimed'];

/** @param format - `json`: `{"sessions":[{"sessionId","outcome","detail"}]}` */
export function renderRepair(outcomes: readonly RepairOutcome[], format: 'text' | 'json'): RenderedRepair {
  const complete = outcomes.every(({ outcome }) => !incomplete.includes(outcome));
  if (format === 'json') return { text: `${JSON.stringify({ sessions: outcomes })}\n`, complete };
  if (outcomes.length === 0) return { text: 'nothing to restore: no dead session of this machine\n', complete };
  return { text: outcomes.map((one) => `${line(one)}\n`).join(''), complete };
}

function line({ sessionId, outcome, detail }: RepairOutcome): string {
  if (outcome === 'alive') return `${sessionId}: ${detail}; left alone`;
  if (outcome === 'elsewhere') return `${sessionId}: ${detail}; left alone. If it no longer runs there: inpod restore ${sessionId}`;
  return outcome === 'failed' ? `${sessionId}: could not be repaired: ${detail}` : `${sessionId}: ${detail}`;
}
