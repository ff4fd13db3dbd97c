import { readLocalEnvironment } from '../../wiring/host-services.ts';
import type { ChildCommand } from '../../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../../domain/protocol/pod-facts.ts';
import { makeChildEnvironment } from '../../../domain/session/child-environment.ts';
import type { EventSink } from '../../../domain/session/session-event.ts';
import type { SessionPlan } from '../../../domain/session/session-plan.ts';
import { writeEnvOutputs } from '../../cli/write-env-output.ts';
import type { RunSettings } from '../../config/run-settings.ts';

/** What a child's command is made of. */
export interface CommandParts {
  readonly settings: RunSettings;
  readonly plan: SessionPlan;
  readonly facts: PodFacts;
  readonly events: EventSink;
  /** As the caller had it. */
  readonly openFilesLimit?: number | undefined;
}

/** The child as the user would have started it, with the pod's variables. */
export async function childCommand({ settings, plan, facts, events, openFilesLimit }: CommandParts): Promise<ChildCommand> {
  const made = makeChildEnvironment({
    pod: facts.environment,
    local: readLocalEnvironment(),
    session: { sessionId: plan.sessionId, podName: facts.hostname, containerName: 'agent' },
    overrides: settings.env,
    exclude: settings.envExclude,
  });
  events({ kind: 'environment-made', podVariables: facts.environment.length, withheld: made.withheld, excluded: made.excluded });
  if (made.localProxies.length > 0) {
    events({
      kind: 'warning',
      code: 'CONFIG_INVALID',
      message: `your proxy settings stay in force and may keep the command from the cluster: ${made.localProxies.join(' ')}`,
      hint: `leave them out for the command: ${made.localProxies.map((name) => `--env ${name}=`).join(' ')}`,
    });
  }
  const leftOut = await writeEnvOutputs(settings, made.brought);
  if (leftOut.length > 0)
    events({
      kind: 'warning',
      code: 'FLAG_INVALID',
      message: `--env-file can't hold these names: ${leftOut.join(' ')}`,
      hint: 'use --env-json',
    });
  return { argv: settings.command, environment: made.environment, cwd: process.cwd(), umask: process.umask(), openFilesLimit };
}
