import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What a session must not change on the machine, as text that can be compared. */
export type HostSnapshot = Readonly<Record<string, string>>;

/** Resolver, names, routes, links, firewall, mounts and named network namespaces as they are now. The test cluster's own are left out. */
export function takeHostSnapshot(): HostSnapshot {
  return {
    ...Object.fromEntries(['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf'].map((path) => [path, fileState(path)])),
    addresses: output('ip', ['-brief', 'address']),
    routes: output('ip', ['route', 'show', 'table', 'all']),
    routes6: output('ip', ['-6', 'route', 'show', 'table', 'all']).replaceAll(/ expires \d+sec/g, ''),
    rules: output('ip', ['rule']),
    firewall: output('nft', ['list', 'ruleset']).replaceAll(/counter packets \d+ bytes \d+/g, 'counter'),
    mounts: mounts(),
    namespaces: names('/run/netns').join('\n'),
    lowPorts: readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'),
    pingGroups: readFileSync('/proc/sys/net/ipv4/ping_group_range', 'utf8'),
  };
}

/** Content, inode and owner: a file that was replaced by an equal one was changed all the same. */
function fileState(path: string): string {
  const { ino, uid, mode } = lstatSync(path);
  let target = '';
  try {
    target = readlinkSync(path);
  } catch {
    // A plain file.
  }
  return `${ino} ${uid} ${mode.toString(8)} ${target}\n${readFileSync(path, 'utf8')}`;
}

function output(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    // nft is root's, and may not be installed: then it is the same before and after.
    return `${program}: ${(error as { code?: string }).code ?? 'failed'}`;
  }
}

/** containerd and kubelet mount for the cluster's pods all the time. */
function mounts(): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const own = lines.filter((line) => !/kube|containerd|\/run\/netns\/|\/run\/user\//.test(line));
  return own.map((line) => line.split(' ').slice(3).join(' ')).sort().join('\n'); // prettier-ignore
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !/^(kube|cni-)/.test(name))
      .sort();
  } catch {
    return [];
  }
}
