import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { servesSocks } from '../conformance/socks-into.ts';
import { isInstalled } from '../integration/support/is-installed.ts';
import { becomeOrdinaryUser, nativeFiles, RealTunnelBed } from '../integration/support/real-tunnel.ts';
import { makeSshuttle } from '../../src/app/wiring/sshuttle-module.ts';
import { sshuttleHarness } from './sshuttle-harness.ts';

describe.skipIf(!isInstalled('sshuttle') || !becomeOrdinaryUser())('as an ordinary user who has no sudo', () => {
  const bed = new RealTunnelBed();
  afterAll(() => bed.remove());
  const folder = join(bed.folder, 'bin');
  mkdirSync(folder);
  for (const program of ['sshuttle', 'ssh']) symlinkSync(join('/usr/bin', program), join(folder, program));

  describeTunnelPort('SshuttleTunnel', {
    ...sshuttleHarness(bed),
    setup: () => Promise.resolve(makeSshuttle({ environment: { PATH: folder }, sessionsFolder: bed.folder, files: nativeFiles })),
    // Not asked: it isn't opened.
    pod: async (network) => servesSocks(network),
    teardown: () => Promise.resolve(),
  });
});
