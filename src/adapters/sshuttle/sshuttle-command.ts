import type { TunnelNetworks } from '../../domain/ports/tunnel-port.ts';
import { agentUser } from '../../domain/protocol/protocol.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import { quoted } from './shell-words.ts';

/** Options that are needed, and since when sshuttle has them matters to nobody: its own help says whether it does. */
const needed = ['--method', '--dns', '--to-ns', '--exclude', '--remote', '--ssh-cmd', '--disable-ipv6'] as const;

/** Taken where there is such an option: what waits for an acknowledgement. With the 32 KiB of its own it is half as fast here, and with none others wait. */
const buffer = { option: '--latency-buffer-size', bytes: 262_144 } as const;

/** What an sshuttle can do, by its help. */
export interface Abilities {
  /** Options that are needed, and that it lacks. */
  readonly missing: readonly string[];
  readonly hasBuffer: boolean;
}

/** @param help - what `sshuttle --help` prints */
export function abilitiesOf(help: string): Abilities {
  const words = new Set(help.match(/--[a-z0-9-]+/g));
  return { missing: needed.filter((option) => !words.has(option)), hasBuffer: words.has(buffer.option) };
}

/** Files by which ssh knows the agent and itself. */
export interface SshFiles {
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/** The agent's name in the file of known hosts: its address is a port of this machine. */
export const hostAlias = 'inpod-agent';

/** No file of the user's is read, no agent asked, nothing asked of the user: the key of the session or nothing. */
export function sshWords({ identityFile, knownHostsFile }: SshFiles): readonly string[] {
  const options = {
    HostKeyAlias: hostAlias,
    UserKnownHostsFile: knownHostsFile,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    IdentityFile: identityFile,
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    BatchMode: 'yes',
    ControlPath: 'none',
    ServerAliveInterval: '15',
    LogLevel: 'ERROR',
  };
  return ['ssh', '-F', 'none', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** What sshuttle is to do. */
export interface SshuttleTask extends SshFiles {
  /** How it changes the machine's rules. */
  readonly method: MachineChange['method'];
  /** Of 127.0.0.1, leads to the agent. */
  readonly agentPort: number;
  /** Of the pod's 127.0.0.1. */
  readonly nameServerPort: number;
  readonly networks: TunnelNetworks;
  readonly hasBuffer: boolean;
  /** Whether this machine has IPv6; sshuttle fails where it listens by what isn't there. */
  readonly hasIpv6: boolean;
}

/** The command line without the program. */
export function sshuttleArguments(task: SshuttleTask): readonly string[] {
  const { cluster, laptop } = task.networks;
  const words = (networks: TunnelNetworks['cluster']): readonly string[] =>
    networks.filter(({ address }) => address.version === 4 || task.hasIpv6).map(String);
  return [
    '--method',
    task.method,
    ...(task.hasIpv6 ? [] : ['--disable-ipv6']),
    ...(task.hasBuffer ? [buffer.option, String(buffer.bytes)] : []),
    '--dns',
    '--to-ns',
    `127.0.0.1:${task.nameServerPort}`,
    '--remote',
    `${agentUser}@127.0.0.1:${task.agentPort}`,
    '--ssh-cmd',
    sshWords(task).map(quoted).join(' '),
    ...words(laptop).flatMap((network) => ['--exclude', network]),
    ...words(cluster),
  ];
}
