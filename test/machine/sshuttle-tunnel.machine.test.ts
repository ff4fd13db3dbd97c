import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect } from 'vitest';
import { makeSshuttle } from '../../src/app/wiring/sshuttle-module.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { countProcesses } from '../integration/support/count-processes.ts';
import { isInstalled } from '../integration/support/is-installed.ts';
import { MemoryNetworkPod } from '../support/memory-network-pod.ts';

const native = (name: string): string => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));
const rules = (): string => execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' });

describe.skipIf(!isInstalled('sshuttle'))('with sshuttle installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inpod-sshuttle-'));
  let pod: MemoryNetworkPod;
  const before = rules();

  afterEach(() => expect(rules()).toBe(before));
  afterAll(() => rmSync(folder, { recursive: true }));

  describeTunnelPort('SshuttleTunnel', {
    capabilities: {
      udp: false,
      ipv6: true,
      refusedConnects: false,
      resets: false,
      unknownNames: true,
      rootless: false,
      isolated: false,
      staticPrograms: true,
      privateFiles: false,
      containedProcesses: true,
      ownLocalhost: false,
      routing: 'networks',
    },
    program: [process.execPath, fileURLToPath(new URL('../conformance/tunnel-program.mjs', import.meta.url))],
    // It listens with a backlog of 10: of more, some wait a second, and the kernel may reset some.
    connectsAtOnce: 10,
    setup: async () => {
      pod = await MemoryNetworkPod.open('10.244.3.17');
      return makeSshuttle({
        environment: process.env,
        sessionsFolder: folder,
        files: { launcher: native('inpod-launcher'), nativeLibrary: native('libinpodtun.so') },
      });
    },
    pod: async (network) => {
      pod.moveTo(network);
      return pod.services;
    },
    teardown: () => pod.close(),
    countProcesses: (marker) => Promise.resolve(countProcesses(marker)),
  });
});
