import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { IpAddress } from '../../../domain/netstack/address/ip-address.ts';
import type { PodFacts } from '../../../domain/protocol/pod-facts.ts';
import { agentPaths, protocolVersion } from '../../../domain/protocol/protocol.ts';
import type { AgentSettings } from './agent-settings.ts';
import { parseEnvironDump, withoutImageVariables } from './environ-dump.ts';
import { volumeMounts } from './mount-table.ts';
import { ipv4Routes, ipv6Routes } from '../../../domain/routes/proc-route-table.ts';

/** Reads what the agent knows of its pod. @throws (rejects) the file system's error where a file that every pod has can't be read */
export async function readPodFacts(settings: AgentSettings): Promise<PodFacts> {
  const [dump, hosts, resolvConf, mountinfo, routes4, routes6] = await Promise.all([
    readFile(settings.environmentFile),
    readFile(settings.hostsFile, 'utf8'),
    readFile(settings.resolvConfFile, 'utf8'),
    readFile('/proc/self/mountinfo', 'utf8'),
    readOptional('/proc/net/route'),
    readOptional('/proc/net/ipv6_route'),
  ]);
  const environment = parseEnvironDump(dump);
  return {
    protocolVersion,
    environment: withoutImageVariables(
      environment,
      imageVariables(environment.map(({ value }) => new TextDecoder('latin1').decode(value))),
    ),
    hostname: hostname(),
    hosts,
    resolvConf,
    addresses: podAddresses(),
    mounts: volumeMounts(mountinfo, [agentPaths.payload, agentPaths.scratch]),
    routes: [...new Set([...ipv4Routes(routes4), ...ipv6Routes(routes6)].map(({ cidr }) => cidr))],
  };
}

/** The official Node image sets its own version and yarn's, which is installed below /opt. */
function imageVariables(values: readonly string[]): Readonly<Record<string, string>> {
  const yarn = values.find((value) => /^\d+\.\d+\.\d+$/.test(value) && existsSync(`/opt/yarn-v${value}`));
  return { NODE_VERSION: process.versions.node, ...(yarn === undefined ? {} : { YARN_VERSION: yarn }) };
}

function podAddresses(): readonly string[] {
  const entries = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return entries.filter((entry) => !entry.internal && !isLinkLocal(entry.address)).map((entry) => entry.address);
}

function isLinkLocal(text: string): boolean {
  const [first = 0, second = 0] = IpAddress.parse(text)?.bytes ?? [];
  return (first === 169 && second === 254) || (first === 0xfe && (second & 0xc0) === 0x80);
}

/** Empty where the kernel has no such file: a pod without IPv6. */
async function readOptional(path: string): Promise<string> {
  return existsSync(path) ? readFile(path, 'utf8') : '';
}
