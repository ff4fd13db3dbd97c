import type { Container } from 'inversify';
import { LaptopResolver } from '../../adapters/dns/laptop-resolver.ts';
import { AgentKeyFiles } from '../../adapters/host/agent-key-files.ts';
import { FileJournal } from '../../adapters/host/file-journal.ts';
import { HostInspection } from '../../adapters/host/host-inspection.ts';
import { HostNetwork } from '../../adapters/host/host-network.ts';
import { HostProcesses } from '../../adapters/host/host-processes.ts';
import { ProgramFiles } from '../../adapters/host/program-files.ts';
import { nodeSignals } from '../../adapters/host/node-signals.ts';
import { systemClock } from '../../adapters/host/system-clock.ts';
import { tokens } from './tokens.ts';

const laptopDns = { resolvConf: '/etc/resolv.conf', port: 53, timeoutMs: 3000 };

/** This machine: clock, processes, journal, sockets, resolver. */
export function bindHost(container: Container): void {
  container.bind(tokens.clock).toConstantValue(systemClock);
  container.bind(tokens.signals).toConstantValue(nodeSignals);
  container.bind(tokens.hostInspection).toResolvedValue(() => new HostInspection());
  container.bind(tokens.hostNetwork).toResolvedValue(() => new HostNetwork());
  container.bind(tokens.laptopResolver).toResolvedValue(() => new LaptopResolver(laptopDns));
  container.bind(tokens.journals).toResolvedValue(({ sessionsFolder }) => new FileJournal(sessionsFolder), [tokens.context]);
  container.bind(tokens.agentKeys).toResolvedValue(({ agentsFolder }) => new AgentKeyFiles(agentsFolder), [tokens.context]);
  container.bind(tokens.programs).toResolvedValue(({ files }) => new ProgramFiles(files.launcher), [tokens.context]);
  container.bind(tokens.processes).toResolvedValue(({ files }) => new HostProcesses(files.watchdog), [tokens.context]);
}
