import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ChildCommand } from '../../domain/ports/tunnel-port.ts';
import { chunkBytes, type LauncherRequest } from './launcher-codec.ts';

/** What the child's environment is to be. */
export interface LauncherConfiguration {
  /** At most 64 bytes. */
  readonly hostname: string;
  /** One to eight; each gets a prefix of 32 or 128. A family without one gets no default route. */
  readonly addresses: readonly IpAddress[];
  /** Next hop of its family's default route. */
  readonly gateway: IpAddress;
  /** 1280 to 65535; 65520 suits the TUN's offloads. A plain TUN has 1500 at most. */
  readonly mtuBytes: number;
  /** Without virtio headers, as where the kernel refuses them. */
  readonly plainTun: boolean;
  /** Whole files for /etc. */
  readonly resolvConf: string;
  readonly hosts: string;
}

/** CONFIGURE and its files, in order. */
export function* configureRequests(configuration: LauncherConfiguration): Generator<LauncherRequest> {
  const resolvConf = Buffer.from(configuration.resolvConf);
  const hosts = Buffer.from(configuration.hosts);
  const { mtuBytes, plainTun, addresses, gateway, hostname } = configuration;
  const sizes = { resolvConfBytes: resolvConf.length, hostsBytes: hosts.length };
  yield { type: 'configure', mtuBytes, plainTun, addresses, gateway, hostname, ...sizes };
  for (const data of chunks(resolvConf)) yield { type: 'file', file: 'resolv.conf', data };
  for (const data of chunks(hosts)) yield { type: 'file', file: 'hosts', data };
}

/** SPAWN and its data, in order. @param descriptors - those above 2 that the child keeps */
export function* spawnRequests(command: ChildCommand, descriptors: readonly number[]): Generator<LauncherRequest> {
  const nul = Buffer.alloc(1);
  const equals = Buffer.from('=');
  const argv = Buffer.concat(command.argv.flatMap((argument) => [Buffer.from(argument), nul]));
  const environment = Buffer.concat(command.environment.flatMap(({ name, value }) => [name, equals, value, nul]));
  for (const data of chunks(Buffer.concat([Buffer.from(command.cwd), nul]))) yield { type: 'spawn-data', part: 'cwd', data };
  for (const data of chunks(argv)) yield { type: 'spawn-data', part: 'argv', data };
  for (const data of chunks(environment)) yield { type: 'spawn-data', part: 'environment', data };
  const counts = { argumentCount: command.argv.length, variableCount: command.environment.length };
  yield { type: 'spawn', umask: command.umask, descriptors, openFiles: command.openFilesLimit ?? 0, ...counts };
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}
