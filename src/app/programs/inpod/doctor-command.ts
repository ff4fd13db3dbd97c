import { UsageError } from '../../../domain/errors.ts';
import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { renderDoctor } from '../../cli/render-doctor.ts';
import { loadSettings } from '../../config/load-config.ts';
import { isProtected } from '../../config/protected-context.ts';
import { mergeSettings } from '../../config/merge-settings.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { examineCluster } from '../../use-cases/examine-cluster.ts';
import { examineMachine } from '../../use-cases/examine-machine.ts';
import { examineSessions } from '../../use-cases/examine-sessions.ts';
import { findingOf, type Finding } from '../../use-cases/finding.ts';
import { createContainer } from '../../wiring/container.ts';
import { tokens } from '../../wiring/tokens.ts';
import { loadClusterProgram } from './cluster-program.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice } from './make-plan.ts';

/** `inpod doctor`. @returns 0 where there is no problem, else 1 @throws UsageError where flags are wrong */
export const doctorCommand: CommandHandler<'doctor', CommandContext> = async (parsed, context) => {
  const { settings, findings } = await settingsAnyway(parsed, context);
  const program = programContext(context, settings);
  const container = createContainer(program);
  const signal = new AbortController().signal;
  const { image } = settings.agent;
  const { serviceAccount, inbound } = settings;
  const machine = {
    host: container.get(tokens.hostInspection),
    files: Object.values(context.files) as readonly string[],
    sessionsFolder: program.sessionsFolder,
    resolver: container.get(tokens.laptopResolver),
    tunnels: [container.get(tokens.tunTunnel), container.get(tokens.torsocksTunnel), container.get(tokens.sshuttleTunnel)],
  };
  const cluster = {
    locate: () => container.get(tokens.locator).locate(clusterChoice(settings)),
    loadAgentProgram: () => loadClusterProgram(context.files.agent),
    isProtected: (name: string) => isProtected(name, settings),
    image,
    serviceAccount,
    inbound,
  };
  const local = {
    journals: container.get(tokens.journals),
    processes: container.get(tokens.processes),
    clock: container.get(tokens.clock),
  };
  const examined = await Promise.all([examineMachine(machine, signal), examineCluster(cluster, signal), examineSessions(local)]);
  const all = [...findings, ...examined.flat()];
  context.printWords(renderDoctor(all, settings.output));
  return all.some(({ verdict }) => verdict === 'problem') ? 1 : 0;
};

/** A configuration that is wrong is a finding among others: the rest is examined as the flags alone say. */
async function settingsAnyway(
  { flags, configFile }: Parameters<typeof doctorCommand>[0],
  { environment, home }: CommandContext,
): Promise<{ readonly settings: RunSettings; readonly findings: readonly Finding[] }> {
  const cwd = process.cwd();
  const about = { area: 'machine' as const, check: 'configuration' };
  try {
    const { settings, files } = await loadSettings({ flags, configFile, environment, cwd, home });
    const summary = files.length === 0 ? 'no configuration file; defaults hold' : `read ${files.join(', ')}`;
    return { settings, findings: [{ ...about, verdict: 'fine', summary }] };
  } catch (error) {
    if (!(error instanceof UsageError) || error.code === 'FLAG_INVALID') throw error;
    const { profile: _, ...others } = flags;
    return {
      settings: mergeSettings({ flags: others, environment: {}, cwd, home }),
      findings: [findingOf(error, { ...about, verdict: 'problem' })],
    };
  }
}
