import { openCaptureFile, repairerName } from '../../wiring/host-services.ts';
import type { ClusterPort } from '../../../domain/ports/cluster/cluster-port.ts';
import type { ChildCommand } from '../../../domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../../domain/protocol/pod-facts.ts';
import { allDone } from '../../../domain/promises.ts';
import type { EventSink } from '../../../domain/session/session-event.ts';
import type { SessionPlan } from '../../../domain/session/session-plan.ts';
import { checkEnvOutputs } from '../../cli/write-env-output.ts';
import { pruneSessionLogs } from '../../cli/prune-session-logs.ts';
import { sessionsFolder } from '../../cli/state-paths.ts';
import { exitCodeOfChild, exitCodeOfError } from '../../cli/exit-code.ts';
import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { loadSettings } from '../../config/load-config.ts';
import { requireUnprotected } from '../../config/protected-context.ts';
import { repairSessions } from '../../use-cases/repair-sessions.ts';
import { runProcess } from '../../use-cases/run-process.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { childCommand } from './child-command.ts';
import { loadClusterProgram } from './cluster-program.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice, makePlan } from './make-plan.ts';
import { tunnelFor } from './tunnel-for.ts';
import { openOutput } from './open-output.ts';

/** `inpod run`. @returns the child's exit code, or ours @throws AppError where there is no session yet to report in */
export const runCommand: CommandHandler<'run', CommandContext> = async ({ flags, configFile }, context) => {
  const { environment, files, inherited, openFilesLimit } = context;
  const { settings } = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home: context.home });
  await checkEnvOutputs(settings);
  const container = createContainer(programContext(context, settings));
  const [cluster, { tunnel, reason: backendReason }] = await allDone([
    container.get(tokens.locator).locate(clusterChoice(settings)),
    tunnelFor(settings, container, environment),
  ]);
  requireUnprotected(cluster.identity.context, settings);
  const plan = makePlan(settings, { identity: cluster.identity, tunnel, backendReason }, environment);
  const output = openOutput(settings, plan.sessionId, context);
  const clock = container.get(tokens.clock);
  output.events(openingEvent(plan, cluster, tunnel.name));
  const capture = settings.pcap === undefined ? undefined : openCaptureFile(settings.pcap, clock);
  const stopRepair = new AbortController();
  const parts = {
    cluster,
    links: container.get(tokens.links),
    tunnel,
    hostNetwork: container.get(tokens.hostNetwork),
    laptopResolver: container.get(tokens.laptopResolver),
    clock,
    journals: container.get(tokens.journals),
    agentKeys: container.get(tokens.agentKeys),
    processes: container.get(tokens.processes),
    events: output.events,
    loadAgentProgram: () => loadClusterProgram(files.agent),
    loadGuardianProgram: () => loadClusterProgram(files.guardian),
    capture: capture && ((packet: Uint8Array) => capture.write(packet)),
  };
  const repairing = { locator: container.get(tokens.locator), machine: container.get(tokens.machineUndo), by: repairerName() };
  const repair = repairSessions({ ...parts, ...repairing }, stopRepair.signal);
  try {
    const command = (facts: PodFacts): Promise<ChildCommand> =>
      childCommand({ settings, plan, facts, events: output.events, openFilesLimit });
    const exit = await runProcess({ parts, signals: container.get(tokens.signals), plan, inherited, command });
    return exitCodeOfChild(exit);
  } catch (error) {
    output.error(error);
    return exitCodeOfError(error, { command: 'run' });
  } finally {
    stopRepair.abort();
    await repair;
    capture?.close();
    await cluster.close();
    output.close();
    pruneSessionLogs(sessionsFolder(environment, context.home), clock.wallMs());
  }
};

function openingEvent(plan: SessionPlan, { identity }: ClusterPort, backend: string): Parameters<EventSink>[0] {
  const { sessionId, podName, backendReason } = plan;
  const image = plan.agent ? undefined : plan.image;
  return { kind: 'session-opening', sessionId, podName, identity, image, backend, backendReason };
}
