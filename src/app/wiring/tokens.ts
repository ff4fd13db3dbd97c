import type { ServiceIdentifier } from 'inversify';
import type { AgentKeysPort } from '../../domain/ports/agent-keys-port.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ClusterLocator } from '../../domain/ports/cluster/cluster-port.ts';
import type { HostInspectionPort } from '../../domain/ports/host-inspection-port.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { JournalPort } from '../../domain/ports/journal-port.ts';
import type { LinkPort } from '../../domain/ports/link-port.ts';
import type { MachineUndoPort } from '../../domain/ports/machine-undo-port.ts';
import type { ProgramFilesPort } from '../../domain/ports/program-files-port.ts';
import type { ProcessPort } from '../../domain/ports/process-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { SignalPort } from '../../domain/ports/signal-port.ts';
import type { TunnelPort } from '../../domain/ports/tunnel-port.ts';
import type { PlaygroundPort } from '../../domain/playground/playground-port.ts';
import type { ProgramFiles } from './program-files.ts';

/** What the whole program is told by its caller. */
export interface ProgramContext {
  /** The caller's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly home: string;
  /** Where journals are kept, absolute. */
  readonly sessionsFolder: string;
  /** Where keys of standing agents are kept, absolute. */
  readonly agentsFolder: string;
  readonly files: ProgramFiles;
  /** A link that says nothing for this long is taken for dead, in milliseconds. */
  readonly linkSilenceMs: number;
  /** From the agent pod's creation to its readiness, at most, in milliseconds. */
  readonly podReadyMs: number;
}

function token<T>(name: string): ServiceIdentifier<T> {
  return Symbol.for(`inpod.${name}`);
}

/** One token a port; each resolves to one adapter. */
export const tokens = {
  context: token<ProgramContext>('context'),
  agentKeys: token<AgentKeysPort>('agent-keys'),
  clock: token<ClockPort>('clock'),
  hostInspection: token<HostInspectionPort>('host-inspection'),
  hostNetwork: token<HostNetworkPort>('host-network'),
  journals: token<JournalPort>('journals'),
  laptopResolver: token<ResolverPort>('laptop-resolver'),
  links: token<LinkPort>('links'),
  machineUndo: token<MachineUndoPort>('machine-undo'),
  locator: token<ClusterLocator>('locator'),
  playground: token<PlaygroundPort>('playground'),
  processes: token<ProcessPort>('processes'),
  programs: token<ProgramFilesPort>('programs'),
  signals: token<SignalPort>('signals'),
  tunTunnel: token<TunnelPort>('tun-tunnel'),
  sshuttleTunnel: token<TunnelPort>('sshuttle-tunnel'),
  torsocksTunnel: token<TunnelPort>('torsocks-tunnel'),
} as const;
