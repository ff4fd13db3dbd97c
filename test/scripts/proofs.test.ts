import { describe, expect, it } from 'vitest';

interface FileResult {
  readonly name: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

interface Proofs {
  readonly countProofs: (testResults: readonly FileResult[]) => readonly { readonly kind: string; readonly count: number }[];
}

const path: string = '../../scripts/proofs.mjs'; // a variable: the script has no types to import
const { countProofs } = (await import(path)) as Proofs;

const passed = (file: string, fullName: string, status = 'passed'): FileResult => ({
  name: `/checkout/test/${file}`,
  assertionResults: [{ status, fullName }],
});
const provedBy = (result: FileResult): readonly string[] => countProofs([result]).flatMap(({ kind, count }) => (count > 0 ? [kind] : []));

describe('countProofs', () => {
  it.each<[file: string, fullName: string, kinds: readonly string[]]>([
    ['domain/routes/route-plan.test.ts', 'decideRoute', ['unit']],
    ['domain/routes/cidr-cover.property.test.ts', 'coverCidrs', ['unit']],
    ['integration/doctor.netns.test.ts', 'doctor as root', ['integration']],
    ['integration/playground-run.netns.test.ts', 'the playground, as an ordinary user runs', ['integration', 'rootless integration']],
    [
      'integration/tun-tunnel-rootless.netns.test.ts',
      'as an ordinary user TunTunnel as a TunnelPort is usable here by its own word',
      ['integration', 'rootless integration', 'conformance of tun as an ordinary user'],
    ],
    [
      'integration/torsocks-tunnel.netns.test.ts',
      'with torsocks installed TorsocksTunnel as a TunnelPort is usable here by its own word',
      ['integration', 'conformance of torsocks'],
    ],
    ['machine/host-network.machine.test.ts', 'a VPN', ['whole machine']],
    [
      'machine/sshuttle-tunnel.machine.test.ts',
      "with the system's sshuttle SshuttleTunnel as a TunnelPort is usable here by its own word",
      ['whole machine', 'conformance of sshuttle'],
    ],
    ['machine/sshuttle-rootless.machine.test.ts', 'as an ordinary user SshuttleTunnel as a TunnelPort needs root', ['whole machine']],
    ['e2e/traffic.e2e.test.ts', 'traffic as root', ['end-to-end']],
    ['e2e/torsocks.e2e.test.ts', 'torsocks as root carries', ['end-to-end', 'end-to-end of torsocks']],
    ['e2e/sshuttle.e2e.test.ts', 'sshuttle without root is refused', ['end-to-end']],
    ['e2e/sshuttle.e2e.test.ts', 'sshuttle as root, on a machine of its own carries', ['end-to-end', 'end-to-end of sshuttle']],
    ['e2e/names-comparison.e2e.test.ts', 'names, as a pod has them', ['end-to-end', 'comparison of names']],
    [
      'e2e/names-comparison.e2e.test.ts',
      'names, as a pod has them sshuttle, as root, on a machine of its own',
      ['end-to-end', "comparison of sshuttle's names"],
    ],
  ])('%s: %s', (file, fullName, expected) => {
    expect(provedBy(passed(file, fullName))).toEqual(expected);
    for (const status of ['skipped', 'failed', 'pending']) expect(provedBy(passed(file, fullName, status))).toEqual([]);
  });
});
