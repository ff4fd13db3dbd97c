import type { Container } from 'inversify';
import { ProgramFiles } from '../../adapters/host/program-files.ts';
import { makeSessionFolder } from '../../adapters/host/session-folder.ts';
import { TorsocksTunnel } from '../../adapters/torsocks/torsocks-tunnel.ts';
import { relayConnection } from '../use-cases/relay-connection.ts';
import { localMachine } from './local-machine.ts';
import type { ProgramFiles as Files } from './program-files.ts';
import { tokens, type ProgramContext } from './tokens.ts';

/** What of the program the backend takes. */
interface TorsocksContext {
  readonly environment: ProgramContext['environment'];
  readonly sessionsFolder: string;
  readonly files: Pick<Files, 'launcher' | 'nativeLibrary'>;
}

export function makeTorsocks({ environment, sessionsFolder, files }: TorsocksContext): TorsocksTunnel {
  return new TorsocksTunnel({
    searchPath: environment['PATH'],
    makeSessionFolder: (sessionId) => makeSessionFolder(sessionsFolder, sessionId),
    ...localMachine(files),
    programs: new ProgramFiles(files.launcher),
    relay: relayConnection,
  });
}

/** The backend `torsocks`. */
export function bindTorsocks(container: Container): void {
  container.bind(tokens.torsocksTunnel).toResolvedValue(makeTorsocks, [tokens.context]);
}
