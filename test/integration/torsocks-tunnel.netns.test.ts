import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { makeTorsocks } from '../../src/app/wiring/torsocks-module.ts';
import { servesSocks } from '../conformance/socks-into.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { countProcesses } from './support/count-processes.ts';
import { isInstalled } from './support/is-installed.ts';

const native = (name: string): string => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));

describe.skipIf(!isInstalled('torsocks'))('with torsocks installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inpod-torsocks-'));
  const staticProgram = join(folder, 'static');
  execFileSync('gcc', ['-static', '-x', 'c', '-o', staticProgram, '-'], { input: 'int main(void) { return 0; }' });
  afterAll(() => rmSync(folder, { recursive: true }));

  describeTunnelPort('TorsocksTunnel', {
    capabilities: {
      udp: false,
      ipv6: false,
      refusedConnects: true,
      resets: true,
      unknownNames: false,
      rootless: true,
      isolated: true,
      staticPrograms: false,
      privateFiles: false,
      containedProcesses: true,
      ownLocalhost: false,
      routing: 'none',
    },
    program: [process.execPath, fileURLToPath(new URL('../conformance/tunnel-program.mjs', import.meta.url))],
    staticProgram: [staticProgram],
    setup: () =>
      Promise.resolve(
        makeTorsocks({
          environment: process.env,
          sessionsFolder: folder,
          files: { launcher: native('inpod-launcher'), nativeLibrary: native('libinpodtun.so') },
        }),
      ),
    pod: async (network) => servesSocks(network),
    teardown: () => Promise.resolve(),
    countProcesses: (marker) => Promise.resolve(countProcesses(marker)),
  });
});
