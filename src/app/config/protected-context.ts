import { UsageError } from '../../domain/errors.ts';
import { nameMatcher } from '../../domain/session/environment-rules.ts';
import type { RunSettings } from './run-settings.ts';

/** Whether the user marked this context. */
export function isProtected(context: string, settings: Pick<RunSettings, 'protectedContexts'>): boolean {
  return nameMatcher(settings.protectedContexts)(context);
}

/**
 * Keeps a run away from contexts that the user marked as protected.
 * @throws UsageError `CONTEXT_PROTECTED` unless `--yes` was given
 */
export function requireUnprotected(context: string, settings: Pick<RunSettings, 'protectedContexts' | 'yes'>): void {
  if (settings.yes || !isProtected(context, settings)) return;
  throw new UsageError({
    code: 'CONTEXT_PROTECTED',
    message: `the context ${context} is among the protectedContexts of your configuration`,
    hint: 'add --yes if you mean it, or choose another with --context',
    details: { context },
  });
}
