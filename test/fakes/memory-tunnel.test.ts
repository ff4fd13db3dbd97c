import { runActInMemory, sendByteInMemory } from '../conformance/memory-act-program.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { MemoryTunnel } from './memory-tunnel.ts';

const programs = { act: { run: runActInMemory }, static: { run: sendByteInMemory, isStatic: true } };

describeMemoryTunnel('MemoryTunnel', new MemoryTunnel(programs));
describeMemoryTunnel(
  'MemoryTunnel that can do little',
  new MemoryTunnel(programs, { udp: false, ipv6: false, staticPrograms: false, privateFiles: false, routing: 'none' }),
);
describeMemoryTunnel(
  'MemoryTunnel for the whole machine',
  new MemoryTunnel(programs, {
    udp: false,
    refusedConnects: false,
    isolated: false,
    rootless: false,
    privateFiles: false,
    routing: 'networks',
  }),
);
const needsRoot = new MemoryTunnel(programs, { rootless: false, isolated: false });
needsRoot.isRoot = false;
describeMemoryTunnel('MemoryTunnel that needs root, for an ordinary user', needsRoot);

function describeMemoryTunnel(name: string, tunnel: MemoryTunnel): void {
  describeTunnelPort(name, {
    capabilities: tunnel.capabilities,
    program: ['act'],
    staticProgram: ['static'],
    isRoot: tunnel.isRoot,
    snapshot: async () => (tunnel.capabilities.isolated ? '' : `${tunnel.openLeases} open`),
    setup: async () => tunnel,
    teardown: async () => undefined,
    countProcesses: async (marker) => tunnel.countDaemons(marker),
  });
}
