import { describe, expect, it } from 'vitest';
import { backendNames, contradiction, methods, type AskedBackend, type MethodName } from '../../../src/domain/backend/backend-names.ts';
import { selectBackend, type SelectionGround } from '../../../src/domain/backend/backend-selection.ts';
import type { TunnelProbe } from '../../../src/domain/ports/tunnel-port.ts';

const works: TunnelProbe = { usable: true, notes: [] };
const forbidden: TunnelProbe = {
  usable: false,
  step: 'unshare',
  errno: 'EPERM',
  reason: 'namespaces are forbidden',
  hint: 'set the sysctl',
};
const missing: TunnelProbe = {
  usable: false,
  step: 'find torsocks',
  errno: 'ENOENT',
  reason: 'torsocks is not installed',
  hint: 'install it',
};
const hookable = { hookable: true } as const;
const isStatic = { hookable: false, reason: '/bin/x is statically linked' } as const;
const nothing: AskedBackend = { backend: undefined, method: undefined };

function select(given: Partial<SelectionGround>): string {
  const selection = selectBackend({ ...nothing, platform: 'linux', probes: {}, ...given });
  if (selection.kind === 'chosen') return `${selection.backend}: ${selection.reason}`;
  return selection.kind === 'look'
    ? `look at ${selection.at}`
    : `${selection.error.code}: ${selection.error.message}; ${selection.error.hint}`;
}

describe('selectBackend', () => {
  it.each<[string, Partial<SelectionGround>, string]>([
    ['nothing known', {}, 'look at tun'],
    ['tun works', { probes: { tun: works } }, 'tun: the default on Linux'],
    ['auto is the default, said', { backend: 'auto', probes: { tun: works } }, 'tun: the default on Linux'],
    ['tun is forbidden', { probes: { tun: forbidden } }, 'look at torsocks'],
    ['torsocks would do', { probes: { tun: forbidden, torsocks: works } }, 'look at program'],
    [
      'torsocks does',
      { probes: { tun: forbidden, torsocks: works }, program: hookable },
      "torsocks: tun can't work here: namespaces are forbidden",
    ],
    [
      'torsocks would do, but not for this program',
      { probes: { tun: forbidden, torsocks: works }, program: isStatic },
      "PROGRAM_NOT_HOOKABLE: /bin/x is statically linked: torsocks can't carry its connections, and they would leave from this machine; " +
        "the backend tun carries every program, but can't work here: namespaces are forbidden (unshare: EPERM); set the sysctl",
    ],
    ['neither works: the plan tells of tun', { probes: { tun: forbidden, torsocks: missing } }, 'tun: the default on Linux'],
    ['tun by name needs no look', { backend: 'tun' }, 'tun: asked for'],
    ['torsocks by name needs one at the program', { backend: 'torsocks' }, 'look at program'],
    ['torsocks by name', { backend: 'torsocks', program: hookable }, 'torsocks: asked for'],
    [
      'torsocks by name, of a static program',
      { backend: 'torsocks', program: isStatic },
      "PROGRAM_NOT_HOOKABLE: /bin/x is statically linked: torsocks can't carry its connections, and they would leave from this machine; " +
        'use --backend tun, which carries every program; inpod doctor says what it needs here',
    ],
    ['a name that is not there yet', { backend: 'docker' }, unsupported("the backend docker isn't there yet")],
    ['the older name of tun', { method: 'vpn-tcp', probes: { tun: works } }, 'tun: asked for by --method vpn-tcp'],
    ['the older name of tun, forbidden', { method: 'vpn-tcp', probes: { tun: forbidden } }, 'look at sshuttle'],
    [
      'the older name of tun, forbidden, and sshuttle works',
      { method: 'vpn-tcp', probes: { tun: forbidden, sshuttle: works } },
      "sshuttle: tun can't work here: namespaces are forbidden",
    ],
    ['sshuttle by name', { backend: 'sshuttle' }, 'sshuttle: asked for'],
    ['never sshuttle unasked', { probes: { tun: forbidden, torsocks: missing, sshuttle: works } }, 'tun: the default on Linux'],
    ['the older name of torsocks', { method: 'inject-tcp', program: hookable }, 'torsocks: asked for by --method inject-tcp'],
    ['the older name of docker', { method: 'container' }, unsupported("the backend docker isn't there yet")],
    ['a name beats its older one', { backend: 'tun', method: 'vpn-tcp' }, 'tun: asked for'],
    ['macOS', { platform: 'darwin' }, 'UNSUPPORTED: on darwin none of the backends works yet: sshuttle and torsocks; use inpod on Linux'],
  ])('%s', (_name, given, expected) => expect(select(given)).toBe(expected));
});

describe('contradiction', () => {
  it('is every pair of a backend and a method that does not mean it', () => {
    const pairs = backendNames.flatMap((backend) => (Object.keys(methods) as MethodName[]).map((method) => ({ backend, method })));
    const fine = pairs.filter((pair) => contradiction(pair) === undefined).map(({ backend, method }) => `${backend} ${method}`);
    expect(fine).toEqual(['tun vpn-tcp', 'sshuttle vpn-tcp', 'torsocks inject-tcp', 'docker container']);
    for (const method of Object.keys(methods) as MethodName[]) expect(contradiction({ backend: 'auto', method })).toBeUndefined();
  });
});

function unsupported(message: string): string {
  return `UNSUPPORTED: ${message}; there are tun, sshuttle and torsocks: leave --backend and --method out, and inpod chooses`;
}
