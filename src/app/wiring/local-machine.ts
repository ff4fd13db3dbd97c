import { HostNetwork } from '../../adapters/host/host-network.ts';
import { ProcessSockets } from '../../adapters/host/process-sockets.ts';
import { LocalSupervisor } from '../../adapters/tun/local-supervisor.ts';
import type { LocalMachine } from '../../domain/backend/local-lease.ts';
import type { ProgramFiles } from './program-files.ts';

/** For children in the network of this machine; tun's launcher supervises them. */
export function localMachine(files: Pick<ProgramFiles, 'launcher' | 'nativeLibrary'>): LocalMachine {
  const sockets = new ProcessSockets();
  const network = new HostNetwork();
  const never = new AbortController().signal;
  return {
    network,
    connect: (target) => network.dial(target, never),
    supervise: (inherited, signal) => LocalSupervisor.open(files, inherited, signal),
    listeningOf: (pid) => sockets.listeningOf(pid),
  };
}
