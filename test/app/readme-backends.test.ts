import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createContainer } from '../../src/app/wiring/container.ts';
import { programFiles } from '../../src/app/wiring/program-files.ts';
import { tokens } from '../../src/app/wiring/tokens.ts';
import type { TunnelCapabilities, TunnelRouting } from '../../src/domain/ports/tunnel-port.ts';
import { reachesNamedAddresses } from '../../src/domain/routes/beside-tunnel.ts';

/** Comes of how it routes. */
const named = 'an address that only a name of the cluster leads to is reached';

/** What each capability is called there. */
const rows: Readonly<Record<keyof TunnelCapabilities, string>> = {
  rootless: 'works without root',
  isolated: 'changes the program alone',
  staticPrograms: 'static programs, and those of Go',
  udp: 'UDP',
  ipv6: 'IPv6',
  refusedConnects: 'a refused connection is refused',
  unknownNames: 'an unknown name is unknown, rather than failing',
  privateFiles: "the pod's hostname, hosts and resolv.conf",
  ownLocalhost: 'a localhost of its own',
  resets: 'a connection that is reset is reset',
  routing: "what isn't the cluster's leaves from your machine",
  containedProcesses: 'all that the program started ends with it',
};

describe('the README', () => {
  it('has the table of backends that the declarations give', () => {
    const context = {
      environment: {},
      home: '/',
      sessionsFolder: '/',
      agentsFolder: '/',
      files: programFiles('/dist'),
      linkSilenceMs: 1,
      podReadyMs: 1,
    };
    const container = createContainer(context);
    const backends = [tokens.tunTunnel, tokens.sshuttleTunnel, tokens.torsocksTunnel].map((token) => container.get(token));
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const cells = (isThere: (capabilities: TunnelCapabilities) => boolean): readonly string[] =>
      backends.map(({ capabilities }) => (isThere(capabilities) ? 'yes' : 'no'));
    const table = [
      line(['', ...backends.map(({ name }) => name)]),
      line(['---', ...backends.map(() => '---')]),
      ...Object.entries(rows).map(([key, text]) =>
        line([text, ...cells((capabilities) => isDeclared(capabilities[key as keyof TunnelCapabilities]))]),
      ),
      line([named, ...cells(({ routing }) => reachesNamedAddresses(routing))]),
    ].join('\n');
    const [, found] = /<!-- backends:[^\n]*-->\n+([^]*?)\n*<!-- \/backends -->/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(compact(found ?? '')).toBe(compact(table));
  });
});

function isDeclared(capability: boolean | TunnelRouting): boolean {
  return capability !== false && capability !== 'none';
}

/** Formatters align the cells. */
function compact(table: string): string {
  return table.replaceAll(/ *\| */g, '|').replaceAll(/-+/g, '-');
}
