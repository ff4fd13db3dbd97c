import { execFile } from 'node:child_process';
import { CancelledError } from '../../domain/errors.ts';
import type { TunnelProbe } from '../../domain/ports/tunnel-port.ts';
import { explainRefusal } from './launcher-refusal.ts';

/**
 * Runs `inpod-launcher --probe`, which takes the real steps in a process of its own and leaves nothing.
 * @throws CancelledError; all else is an outcome
 */
export function probeLauncher(launcherPath: string, signal: AbortSignal): Promise<TunnelProbe> {
  return new Promise((resolve, reject) => {
    execFile(launcherPath, ['--probe'], { signal, env: {}, timeout: 10_000 }, (error, stdout) => {
      if (signal.aborted) reject(new CancelledError('cancelled', error));
      else if (error) resolve(notRun(error));
      else resolve(readProbe(stdout));
    });
  });
}

function notRun(error: Error & { code?: string | number | null }): TunnelProbe {
  const errno = typeof error.code === 'string' ? error.code : 'EOTHER';
  return {
    usable: false,
    step: 'run inpod-launcher',
    errno,
    reason: errno === 'ENOENT' ? 'the launcher is not built' : `the launcher can't be run: ${error.message}`,
    hint: 'run `npm run build` (needs a C compiler)',
  };
}

/** What the probe's line of JSON means. Pure. */
export function readProbe(line: string): TunnelProbe {
  const outcome = parse(line);
  if (!outcome)
    return {
      usable: false,
      step: 'run inpod-launcher',
      errno: 'EPROTO',
      reason: 'the launcher answered nonsense',
      hint: 'run `npm run build`',
    };
  if (outcome.usable === true) return { usable: true, notes: Array.isArray(outcome.notes) ? outcome.notes.map(String) : [] };
  const step = String(outcome.step);
  const errno = String(outcome.errno);
  const { reason, hint } = explainRefusal({ step, errno, setting: typeof outcome.setting === 'string' ? outcome.setting : undefined });
  return { usable: false, step, errno, reason, hint };
}

type ProbeLine = Partial<Record<'usable' | 'notes' | 'step' | 'errno' | 'setting', unknown>>;

function parse(line: string): ProbeLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // the caller reports it
  }
}
