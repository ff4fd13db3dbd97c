/** The guardian: in a pod of the cluster, it gives back what a session has whose laptop is silent. */
import { writeSync } from 'node:fs';
import { InvariantError } from '../../../domain/errors.ts';
import { parseGuardianVariables } from '../../../domain/protocol/guardian-settings.ts';
import { guardSession } from '../../use-cases/guard-session.ts';
import { guardianParts } from '../../wiring/guardian-parts.ts';

async function main(): Promise<void> {
  const settings = parseGuardianVariables(process.env);
  if (!settings) throw new InvariantError('INPOD_NAMESPACE, INPOD_LEASE, INPOD_GUARD_MS and INPOD_LOOK_MS must be set');
  const parts = await guardianParts(settings, process.env);
  const repaired = await guardSession(parts, new AbortController().signal);
  writeSync(1, `${repaired ?? `${settings.leaseName} ended by itself`}\n`);
}

// The kubelet's SIGTERM: the session ended, and this goes with it.
process.on('SIGTERM', () => process.exit(0));

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    writeSync(2, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1); // the kubelet starts it again
  },
);
