import type { Container } from 'inversify';
import { LaptopResolver } from '../../adapters/dns/laptop-resolver.ts';
import { upstreamOfResolved, upstreamResolvConf } from '../../adapters/dns/upstream-resolv-conf.ts';
import { listeningSockets } from '../../adapters/host/process-sockets.ts';
import { makeSessionFolder } from '../../adapters/host/session-folder.ts';
import { systemClock } from '../../adapters/host/system-clock.ts';
import { hasIpv6, lookUpBySystem, systemNameServers } from '../../adapters/host/system-lookup.ts';
import { generateKeyPair } from '../../adapters/ssh/link-keys.ts';
import { rulesOfThisMachine } from '../../adapters/sshuttle/sshuttle-rules.ts';
import { SshuttleTunnel } from '../../adapters/sshuttle/sshuttle-tunnel.ts';
import { relayConnection } from '../use-cases/relay-connection.ts';
import { localMachine } from './local-machine.ts';
import type { ProgramFiles as Files } from './program-files.ts';
import { tokens, type ProgramContext } from './tokens.ts';

const resolvConf = '/etc/resolv.conf';

/** What of the program the backend takes. */
interface SshuttleContext {
  readonly environment: ProgramContext['environment'];
  readonly sessionsFolder: string;
  readonly files: Pick<Files, 'launcher' | 'nativeLibrary'>;
}

export function makeSshuttle({ environment, sessionsFolder, files }: SshuttleContext): SshuttleTunnel {
  return new SshuttleTunnel({
    environment,
    makeSessionFolder: (sessionId) => makeSessionFolder(sessionsFolder, sessionId),
    clock: systemClock,
    rules: rulesOfThisMachine(environment, listeningSockets),
    generateKey: generateKeyPair,
    lookUp: lookUpBySystem,
    nameServers: () => systemNameServers(resolvConf, upstreamOfResolved),
    office: () => {
      const { path, isForwarder } = upstreamResolvConf(resolvConf);
      return { resolver: new LaptopResolver({ resolvConf: path, port: 53, timeoutMs: 1500 }), isForwarder };
    },
    hasIpv6,
    ...localMachine(files),
    relay: relayConnection,
  });
}

/** The backend `sshuttle`, and what undoes its changes of this machine when it can't. */
export function bindSshuttle(container: Container): void {
  container
    .bind(tokens.machineUndo)
    .toResolvedValue(({ environment }) => rulesOfThisMachine(environment, listeningSockets), [tokens.context]);
  container.bind(tokens.sshuttleTunnel).toResolvedValue(makeSshuttle, [tokens.context]);
}
