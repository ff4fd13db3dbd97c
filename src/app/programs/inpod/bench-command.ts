import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { plotBenchmark } from '../../../domain/benchmark/benchmark-plot.ts';
import { isBenchmarkFine, type BenchmarkReport } from '../../../domain/benchmark/benchmark-report.ts';
import type { BackendName } from '../../../domain/backend/backend-names.ts';
import type { ClusterPort } from '../../../domain/ports/cluster/cluster-port.ts';
import type { TunnelPort } from '../../../domain/ports/tunnel-port.ts';
import { InvariantError } from '../../../domain/errors.ts';
import { exitCodeOfError } from '../../cli/exit-code.ts';
import { pruneSessionLogs } from '../../cli/prune-session-logs.ts';
import { renderBenchmark } from '../../cli/render-benchmark.ts';
import { sessionsFolder } from '../../cli/state-paths.ts';
import { checkPlotPlace, writePlot } from '../../cli/write-plot.ts';
import { loadSettings } from '../../config/load-config.ts';
import { requireUnprotected } from '../../config/protected-context.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { runBenchmark } from '../../use-cases/run-benchmark.ts';
import type { ProgramFiles } from '../../wiring/program-files.ts';
import { createContainer } from '../../wiring/container.ts';
import { benchTunnels, measuredPaths } from '../../wiring/measured-paths.ts';
import { tokens } from '../../wiring/tokens.ts';
import { loadClusterProgram } from './cluster-program.ts';
import { programContext, type CommandContext } from './command-context.ts';
import { clusterChoice, makePlan } from './make-plan.ts';
import { openOutput } from './open-output.ts';
import { sessionCall } from './session-call.ts';

/** `inpod bench`. @returns 0 where a backend was measured and none failed, else 1 @throws AppError where there is no session yet to report in */
export const benchCommand: CommandHandler<'bench', CommandContext> = async ({ flags, configFile, bench }, context) => {
  const { environment, home, files } = context;
  const loaded = await loadSettings({ flags, configFile, environment, cwd: process.cwd(), home });
  const settings = plainSettings(loaded.settings);
  await checkPlotPlace(bench.plot);
  const container = createContainer(programContext(context, settings));
  const cluster = await container.get(tokens.locator).locate(clusterChoice(settings));
  requireUnprotected(cluster.identity.context, settings);
  const tunnels = benchTunnels(container, (bench.only ?? 'auto') as BackendName | 'auto');
  const { tunnel, backendReason } = await carrier(tunnels);
  const plan = makePlan(settings, { identity: cluster.identity, tunnel, backendReason }, environment);
  const output = openOutput(settings, plan.sessionId, context);
  const { sessionId, podName, image } = plan;
  output.events({ kind: 'session-opening', sessionId, podName, identity: cluster.identity, image, backend: tunnel.name, backendReason });
  const { inpod: program, benchClient: client } = files;
  const paths = measuredPaths(tunnels, {
    program,
    client,
    programs: container.get(tokens.programs),
    mayTakeSudo: bench.only !== undefined || process.getuid?.() === 0,
    ...sessionCall(settings, cluster.identity, environment),
  });
  const parts = {
    cluster,
    links: container.get(tokens.links),
    tunnel,
    hostNetwork: container.get(tokens.hostNetwork),
    laptopResolver: container.get(tokens.laptopResolver),
    clock: container.get(tokens.clock),
    journals: container.get(tokens.journals),
    agentKeys: container.get(tokens.agentKeys),
    processes: container.get(tokens.processes),
    events: output.events,
    loadAgentProgram: () => loadServingAgent(files),
    loadGuardianProgram: () => loadClusterProgram(files.guardian),
  };
  try {
    const signals = container.get(tokens.signals);
    const report = await runBenchmark({ parts, plan, signals, paths, rounds: bench.rounds, measureMs: bench.measureMs });
    tell(report, cluster, settings, context);
    if (bench.plot !== undefined) await writePlot(bench.plot, plotBenchmark(report));
    return isBenchmarkFine(report) ? 0 : 1;
  } catch (error) {
    output.error(error);
    return exitCodeOfError(error, { command: 'bench' });
  } finally {
    await cluster.close();
    output.close();
    pruneSessionLogs(sessionsFolder(environment, home), container.get(tokens.clock).wallMs());
  }
};

function tell(report: BenchmarkReport, { identity }: ClusterPort, { output }: RunSettings, context: CommandContext): void {
  const text = renderBenchmark(report, identity, output);
  if (output === 'json') context.print(text);
  else context.printWords(text);
}

/** Nothing of a project's own: no workload is touched, no port bound. */
function plainSettings(settings: RunSettings): RunSettings {
  const inbound = { expose: [], toPod: [], fromPod: [], fromHost: [], publish: false };
  const own = { name: undefined, swap: undefined, copy: undefined, standingAgent: undefined, skipInit: [] };
  return { ...settings, ...own, alsoProxy: [], neverProxy: [], inbound };
}

/** The plan of the pod that serves names a backend that works here, if there is one. */
async function carrier(tunnels: readonly TunnelPort[]): Promise<{ readonly tunnel: TunnelPort; readonly backendReason: string }> {
  const signal = new AbortController().signal;
  const probed = await Promise.all(tunnels.map(async (tunnel) => ({ tunnel, probe: await tunnel.probe(signal) })));
  const [first] = probed;
  const found = probed.find(({ probe }) => probe.usable) ?? first;
  if (!found) throw new InvariantError('a backend was asked for that there is none of');
  return { tunnel: found.tunnel, backendReason: 'asked for by bench' };
}

/** The far end's text stands behind the agent's: both run in one process. */
async function loadServingAgent({ agent, benchServer }: ProgramFiles): Promise<string> {
  const [agentText, serverText] = await Promise.all([loadClusterProgram(agent), loadClusterProgram(benchServer)]);
  return `${agentText}\n;${serverText}`;
}
