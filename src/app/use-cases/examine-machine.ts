import type { HostInspectionPort } from '../../domain/ports/host-inspection-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { TunnelPort, TunnelProbe } from '../../domain/ports/tunnel-port.ts';
import { findingOf, type Finding } from './finding.ts';

/** What is looked at of this machine. */
export interface MachineParts {
  readonly host: HostInspectionPort;
  /** Files of the built program, absolute. */
  readonly files: readonly string[];
  readonly sessionsFolder: string;
  readonly resolver: ResolverPort;
  /** In the order in which `auto` takes them. */
  readonly tunnels: readonly TunnelPort[];
}

const machine = 'machine' as const;
const backend = 'backend' as const;

/** Who are the name servers of the root? Every resolver knows. RFC 1035 §4.1: id, recursion desired, one question of type NS, class IN. */
const rootQuestion = Uint8Array.of(0x49, 0x50, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1);

const plannedBackends = ['docker'];

/** Each step for real; changes nothing. Never rejects but for cancellation. */
export async function examineMachine(parts: MachineParts, signal: AbortSignal): Promise<readonly Finding[]> {
  const { host, files, sessionsFolder, resolver, tunnels } = parts;
  const [backends, ...found] = await Promise.all([
    Promise.all(tunnels.map(async (tunnel) => ({ name: tunnel.name, probe: await tunnel.probe(signal) }))).then(tunnelFindings),
    host.missingFiles(files).then(filesFinding),
    stateFinding(host, sessionsFolder),
    resolverFinding(resolver, signal),
  ]);
  const planned = plannedBackends.map((name) => ({ area: backend, check: name, verdict: 'planned' as const, summary: "doesn't work yet" }));
  return [nodeFinding(host.nodeVersion), ...found, ...backends, ...planned];
}

/** As `engines` of package.json has it: ^20.19.0 || >=22.12.0. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

function nodeFinding(version: string): Finding {
  const about = { area: machine, check: 'node', summary: `Node ${version}` };
  if (isSupportedNode(version)) return { ...about, verdict: 'fine' };
  return { ...about, verdict: 'problem', fix: 'install Node 20.19 or later, or 22.12 or later: https://nodejs.org/en/download' };
}

function filesFinding(missing: readonly string[]): Finding {
  const about = { area: machine, check: 'parts' };
  if (missing.length === 0) return { ...about, verdict: 'fine', summary: 'all parts of inpod are built' };
  return { ...about, verdict: 'problem', summary: `not built: ${missing.join(', ')}`, fix: 'npm run build' };
}

async function stateFinding(host: HostInspectionPort, folder: string): Promise<Finding> {
  const about = { area: machine, check: 'state' };
  try {
    await host.requireWritable(folder);
    return { ...about, verdict: 'fine', summary: `sessions are recorded in ${folder}` };
  } catch (error) {
    return findingOf(error, { ...about, verdict: 'problem' });
  }
}

/** Without it the cluster's names work all the same. */
async function resolverFinding(resolver: ResolverPort, signal: AbortSignal): Promise<Finding> {
  const about = { area: machine, check: 'resolver' };
  try {
    await resolver.query(rootQuestion, 'udp', signal);
    return { ...about, verdict: 'fine', summary: "this machine's resolver answers, for names that aren't the cluster's" };
  } catch (error) {
    const fix = "names that aren't the cluster's won't be found in a session; see /etc/resolv.conf";
    return { ...findingOf(error, { ...about, verdict: 'notice' }), fix };
  }
}

/** One backend that works is enough; where none does, the first is what to mend. */
function tunnelFindings(tried: readonly { readonly name: string; readonly probe: TunnelProbe }[]): readonly Finding[] {
  const isAnyUsable = tried.some(({ probe }) => probe.usable);
  return tried.map(({ name, probe }, place): Finding => {
    const about = { area: backend, check: name };
    if (probe.usable) return { ...about, verdict: 'fine', summary: ['works here', ...probe.notes].join('; ') };
    const verdict = isAnyUsable || place > 0 ? 'notice' : 'problem';
    return { ...about, verdict, summary: `${probe.reason} (${probe.step}: ${probe.errno})`, fix: probe.hint };
  });
}
