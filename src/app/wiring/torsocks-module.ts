import type { Container } from 'inversify';
import { HostNetwork } from '../../adapters/host/host-network.ts';
import { ProcessSockets } from '../../adapters/host/process-sockets.ts';
import { ProgramFiles } from '../../adapters/host/program-files.ts';
import { TorsocksTunnel } from '../../adapters/torsocks/torsocks-tunnel.ts';
import { LocalSupervisor } from '../../adapters/tun/local-supervisor.ts';
import { relayConnection } from '../use-cases/relay-connection.ts';
import type { ProgramFiles as Files } from './program-files.ts';
import { tokens, type ProgramContext } from './tokens.ts';

/** What of the program the backend takes. */
interface TorsocksContext {
  readonly environment: ProgramContext['environment'];
  readonly sessionsFolder: string;
  readonly files: Pick<Files, 'launcher' | 'nativeLibrary'>;
}

/** Its child is supervised by tun's launcher. */
export function makeTorsocks({ environment, sessionsFolder, files }: TorsocksContext): TorsocksTunnel {
  const sockets = new ProcessSockets();
  return new TorsocksTunnel({
    searchPath: environment['PATH'],
    sessionsFolder,
    supervise: (inherited, signal) => LocalSupervisor.open(files, inherited, signal),
    network: new HostNetwork(),
    programs: new ProgramFiles(files.launcher),
    listeningOf: (pid) => sockets.listeningOf(pid),
    relay: relayConnection,
  });
}

/** The backend `torsocks`. */
export function bindTorsocks(container: Container): void {
  container.bind(tokens.torsocksTunnel).toResolvedValue(makeTorsocks, [tokens.context]);
}
