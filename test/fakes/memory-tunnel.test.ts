import { runActInMemory } from '../conformance/memory-act-program.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { MemoryTunnel } from './memory-tunnel.ts';

const programs = { act: { run: runActInMemory }, static: { run: runActInMemory, isStatic: true } };

describeMemoryTunnel('MemoryTunnel', new MemoryTunnel(programs));
describeMemoryTunnel(
  'MemoryTunnel that can do little',
  new MemoryTunnel(programs, { udp: false, staticPrograms: false, privateFiles: false }),
);

function describeMemoryTunnel(name: string, tunnel: MemoryTunnel): void {
  describeTunnelPort(name, {
    capabilities: tunnel.capabilities,
    program: ['act'],
    staticProgram: ['static', '{"act":"exit","code":0}'],
    setup: async () => tunnel,
    teardown: async () => undefined,
    countProcesses: async (marker) => tunnel.countDaemons(marker),
  });
}
