import { UsageError, type UsageCode } from '../../domain/errors.ts';
import type { LayerKind } from './setting-table.ts';

/** One thing that is wrong with what the user configured. Never has a variable's value. */
export interface ConfigProblem {
  readonly layer: LayerKind;
  /** File with line and key, variable, or flag. */
  readonly where: string;
  /** Absolute; of what stands in a file. */
  readonly file?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** It is designed, but doesn't work yet. */
  readonly planned: boolean;
}

/** One error for all of `problems`, which are at least one. */
export function problemsError(problems: readonly ConfigProblem[]): UsageError {
  const lines = problems.map((problem) => `${problem.where}: ${problem.message}`);
  const message =
    lines.length === 1
      ? (lines[0] ?? '')
      : `${lines.length} problems in flags and configuration:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new UsageError({ code: problemsCode(problems), message, hint: hintFor(problems), details: { problems: lines } });
}

function problemsCode(problems: readonly ConfigProblem[]): UsageCode {
  if (problems.every((problem) => problem.planned)) return 'NOT_IMPLEMENTED';
  return problems.every((problem) => problem.layer === 'flags') ? 'FLAG_INVALID' : 'CONFIG_INVALID';
}

function hintFor(problems: readonly ConfigProblem[]): string | undefined {
  if (problems.every((problem) => problem.planned)) return 'leave it out: it is planned, and will not be ignored silently until it works';
  return problems.some((problem) => problem.layer !== 'flags') ? undefined : 'inpod help COMMAND lists all flags of a command';
}
