import type { RepairOutcome } from '../use-cases/repair-sessions.ts';

/** What `inpod restore` prints, and whether nothing is left to do. */
export interface RenderedRepair {
  readonly text: string;
  readonly complete: boolean;
}

/**
 * @param asked - ids given on the command line: one without a journal is named too, since nothing of it is known here
 * @param format - `json`: `{"sessions":[{"sessionId","outcome","detail"}]}`
 */
export function renderRepair(outcomes: readonly RepairOutcome[], asked: readonly string[], format: 'text' | 'json'): RenderedRepair {
  const known = new Set(outcomes.map((one) => one.sessionId));
  const unknown = asked.filter((id) => !known.has(id));
  const complete = unknown.length === 0 && outcomes.every((one) => one.outcome !== 'failed');
  if (format === 'json') return { text: `${JSON.stringify({ sessions: [...outcomes, ...unknown.map(unknownOutcome)] })}\n`, complete };
  const lines = [...outcomes.map(line), ...unknown.map((id) => `${id}: no journal of this session on this machine`)];
  return { text: lines.length === 0 ? 'nothing to restore: no dead session of this machine\n' : `${lines.join('\n')}\n`, complete };
}

function line({ sessionId, outcome, detail }: RepairOutcome): string {
  if (outcome === 'alive') return `${sessionId}: is running (${detail}); left alone`;
  if (outcome === 'elsewhere') return `${sessionId}: ${detail}; left alone. If it no longer runs there: inpod restore ${sessionId}`;
  return outcome === 'repaired' ? `${sessionId}: ${detail}` : `${sessionId}: could not be repaired: ${detail}`;
}

function unknownOutcome(sessionId: string): { sessionId: string; outcome: 'unknown'; detail: string } {
  return { sessionId, outcome: 'unknown', detail: 'no journal of this session on this machine' };
}
