import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, describe, expect } from 'vitest';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { isInstalled } from '../integration/support/is-installed.ts';
import { RealTunnelBed } from '../integration/support/real-tunnel.ts';
import { newestSshuttle } from '../support/newest-sshuttle.ts';
import { sshuttleHarness } from './sshuttle-harness.ts';

const rules = (): string => execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' });

const kinds = [
  { which: "the system's", isThere: isInstalled('sshuttle'), folder: undefined },
  { which: "PyPI's newest", isThere: newestSshuttle !== undefined, folder: newestSshuttle },
];

for (const { which, isThere, folder } of kinds) {
  describe.skipIf(!isThere)(`with ${which} sshuttle`, () => {
    const bed = new RealTunnelBed();
    const before = rules();
    afterEach(() => expect(rules()).toBe(before));
    afterAll(() => bed.remove());

    describeTunnelPort('SshuttleTunnel', sshuttleHarness(bed, folder));
  });
}
