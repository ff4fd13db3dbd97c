import { AppError } from '../../domain/errors.ts';
import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import { runStep, type Opening } from './session-parts.ts';

/** It looks so often within the silence that it allows. */
const looks = 12;

/** Where the namespace may have one, a guardian stands by a session that has a workload's place. A session goes on without. */
export async function startGuardian(opening: Opening, owner: LeaseReference): Promise<void> {
  const { parts, plan, signal } = opening;
  const { guardians } = parts.cluster;
  if (!guardians || !(await guardians.mayGuard(signal))) return;
  const { guardMs } = plan.timings;
  const { sessionId, image } = plan;
  try {
    await runStep(opening, 'guardian', async () => {
      const program = await parts.loadGuardianProgram();
      await guardians.postGuardian({ sessionId, owner, image, program, guardMs, lookMs: guardMs / looks }, signal);
      return [undefined, `gives the workload back after ${guardMs / 1000} s of silence`] as const;
    });
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) throw error;
    parts.events({ kind: 'warning', code: error.code, message: `no guardian for this session: ${error.message}`, hint: error.hint });
  }
}
