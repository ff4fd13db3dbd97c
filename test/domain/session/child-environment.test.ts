import { describe, expect, it } from 'vitest';
import type { ByteEnvironment } from '../../../src/domain/session/byte-environment.ts';
import { decodeUtf8, encodeUtf8, fromBinary } from '../../../src/domain/session/byte-text.ts';
import { makeChildEnvironment, parseEnvironmentBlock, type ChildEnvironmentParts } from '../../../src/domain/session/child-environment.ts';
import { nameMatcher } from '../../../src/domain/session/environment-rules.ts';

const bytes = (variables: Record<string, string>): ByteEnvironment =>
  Object.entries(variables).map(([name, value]) => ({ name: encodeUtf8(name), value: encodeUtf8(value) }));
const text = (environment: ByteEnvironment): Record<string, string> =>
  Object.fromEntries(environment.map(({ name, value }) => [decodeUtf8(name) ?? '', decodeUtf8(value) ?? '']));

const session = { sessionId: 'k3x9q', podName: 'web-k3x9q', containerName: 'agent' };

function make(parts: Partial<ChildEnvironmentParts>): ReturnType<typeof makeChildEnvironment> {
  return makeChildEnvironment({ pod: [], local: [], session, overrides: {}, exclude: [], ...parts });
}

describe('whose value the child sees', () => {
  const both = ['from the pod', 'of this machine'] as const;
  const rows: [name: string, winner: (typeof both)[number] | undefined, says?: 'withheld'][] = [
    ['DATABASE_URL', 'from the pod'],
    ['KUBERNETES_SERVICE_HOST', 'from the pod'],
    ['TZ', 'from the pod'],
    ['HOSTNAME', 'from the pod'],
    ['KUBECONFIG', 'from the pod'],
    ['PATH', 'of this machine'],
    ['HOME', 'of this machine'],
    ['USER', 'of this machine'],
    ['SHELL', 'of this machine'],
    ['TERM', 'of this machine'],
    ['PWD', 'of this machine'],
    ['LANG', 'of this machine'],
    ['LC_ALL', 'of this machine'],
    ['TMPDIR', 'of this machine'],
    ['XDG_RUNTIME_DIR', 'of this machine'],
    ['SSH_AUTH_SOCK', 'of this machine'],
    ['WAYLAND_DISPLAY', 'of this machine'],
    ['NODE_OPTIONS', 'of this machine', 'withheld'],
    ['JAVA_TOOL_OPTIONS', 'of this machine', 'withheld'],
    ['PYTHONPATH', 'of this machine', 'withheld'],
    ['LD_PRELOAD', 'of this machine', 'withheld'],
    ['LD_LIBRARY_PATH', 'of this machine', 'withheld'],
    ['JAVA_HOME', 'of this machine', 'withheld'],
    ['CLASSPATH', 'of this machine', 'withheld'],
  ];
  it.each(rows)('%s is %s', (name, winner, says) => {
    const made = make({ pod: bytes({ [name]: both[0] }), local: bytes({ [name]: both[1] }) });
    expect(text(made.environment)[name]).toBe(winner);
    expect(made.withheld).toEqual(says ? [name] : []);
  });

  it.each(['PATH', 'LANG', 'NODE_OPTIONS'])("the pod's %s isn't passed where there is no local one", (name) => {
    expect(text(make({ pod: bytes({ [name]: 'x' }) }).environment)).not.toHaveProperty(name);
  });

  it('is not that of npx, but that of `npm run`', () => {
    const local = {
      npm_lifecycle_event: 'npx',
      npm_config_cache: '/c',
      INIT_CWD: '/',
      NODE: '/n',
      COLOR: '0',
      NODE_ENV: 'test',
      EDITOR: 'vi',
    };
    const kept = (event: string): string[] =>
      Object.keys(text(make({ local: bytes({ ...local, npm_lifecycle_event: event }) }).environment)).filter((name) => name in local);
    expect(kept('npx')).toEqual(['NODE_ENV', 'EDITOR']);
    expect(kept('start')).toEqual(Object.keys(local));
    expect(text(make({ pod: bytes({ NODE: 'of the pod' }), local: bytes(local) }).environment)['NODE']).toBe('of the pod');
  });

  it.each(['HOSTNAME', 'INPOD_CONFIG_BACKEND', 'INPOD_ROOT', 'TELEPRESENCE_ROOT', 'NODE_CHANNEL_FD'])(
    'the local %s is not passed on',
    (name) => {
      expect(text(make({ local: bytes({ [name]: 'x', OTHER: 'y' }) }).environment)).not.toHaveProperty(name);
    },
  );

  it('other local variables stay', () => {
    expect(text(make({ local: bytes({ MY_TOKEN: 'x' }) }).environment)).toMatchObject({ MY_TOKEN: 'x' });
  });
});

describe('what is added and taken', () => {
  it('describes the session, also in the words of Telepresence 1', () => {
    const environment = text(make({}).environment);
    expect(environment).toEqual({
      INPOD_SESSION: 'k3x9q', INPOD_POD: 'web-k3x9q', INPOD_CONTAINER: 'agent',
      TELEPRESENCE_SESSION: 'k3x9q', TELEPRESENCE_POD: 'web-k3x9q', TELEPRESENCE_CONTAINER: 'agent',
    }); // prettier-ignore
  });

  it('tells root and mounts only where there are mounts', () => {
    const environment = text(make({ session: { ...session, mounts: { root: '/tmp/r', points: ['/data', '/etc/config'] } } }).environment);
    expect(environment).toMatchObject({ INPOD_ROOT: '/tmp/r', INPOD_MOUNTS: '/data:/etc/config', TELEPRESENCE_ROOT: '/tmp/r' });
  });

  it('--env wins over all, what is withheld and local included', () => {
    const made = make({
      pod: bytes({ A: 'pod', NODE_OPTIONS: 'pod' }),
      local: bytes({ PATH: '/bin' }),
      overrides: { A: 'mine', PATH: '/x', NODE_OPTIONS: '', INPOD_POD: 'p' },
    });
    expect(text(made.environment)).toMatchObject({ A: 'mine', PATH: '/x', NODE_OPTIONS: '', INPOD_POD: 'p' });
    expect(made.environment.filter((one) => decodeUtf8(one.name) === 'A')).toHaveLength(1);
  });

  it("--env-exclude takes the pod's variables alone", () => {
    const made = make({
      pod: bytes({ AWS_KEY: 'pod', AWS_REGION: 'pod', B: 'pod' }),
      local: bytes({ AWS_REGION: 'local' }),
      exclude: ['AWS_*'],
    });
    expect(text(made.environment)).toMatchObject({ AWS_REGION: 'local', B: 'pod' });
    expect(text(made.environment)).not.toHaveProperty('AWS_KEY');
    expect(made.excluded).toEqual(['AWS_KEY', 'AWS_REGION']);
  });

  it('brings nothing local', () => {
    const made = make({ pod: bytes({ A: '1' }), local: bytes({ SECRET: '2', PATH: '/bin' }), overrides: { C: '3' } });
    expect(Object.keys(text(made.brought)).filter((name) => !/^(INPOD|TELEPRESENCE)_/.test(name))).toEqual(['A', 'C']);
  });

  it('names local proxies that stay in force', () => {
    expect(make({ local: bytes({ https_proxy: 'p', HTTP_PROXY: 'p' }), pod: bytes({ HTTP_PROXY: 'q' }) }).localProxies).toEqual([
      'https_proxy',
    ]);
  });

  it('passes bytes that are no text', () => {
    const value = Uint8Array.of(0xff, 0xfe, 0x0a);
    const made = make({ pod: [{ name: fromBinary('B\xffIN'), value }], overrides: { Ü: 'ü' } });
    expect(made.environment).toContainEqual({ name: fromBinary('B\xffIN'), value });
    expect(made.environment).toContainEqual({ name: encodeUtf8('Ü'), value: encodeUtf8('ü') });
  });
});

describe('environment blocks', () => {
  it('are split at NUL and the first "="', () => {
    expect(text(parseEnvironmentBlock(encodeUtf8('A=b=c\0EMPTY=\0junk\0=x\0LINES=a\nb\0A=second\0')))).toEqual({
      A: 'b=c',
      EMPTY: '',
      LINES: 'a\nb',
    });
  });
  it('may be empty', () => {
    expect(parseEnvironmentBlock(new Uint8Array())).toEqual([]);
  });
});

describe('globs', () => {
  it.each([
    ['AWS_*', 'AWS_KEY', true],
    ['AWS_*', 'MY_AWS_KEY', false],
    ['A?C', 'ABC', true],
    ['A?C', 'AC', false],
    ['a.b', 'aXb', false],
    ['*', 'anything\n', true],
    ['[A]', '[A]', true],
    ['x', 'X', false],
  ])('%s against %s: %s', (glob, name, expected) => {
    expect(nameMatcher([glob])(name)).toBe(expected);
  });
});
