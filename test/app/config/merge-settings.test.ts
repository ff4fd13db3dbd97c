import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/domain/errors.ts';
import { configSchema } from '../../../src/app/config/config-schema.ts';
import type { SettingsSources } from '../../../src/app/config/layer-stack.ts';
import { mergeSettings } from '../../../src/app/config/merge-settings.ts';
import { requireUnprotected } from '../../../src/app/config/protected-context.ts';
import { defaultSettings, type RunSettings } from '../../../src/app/config/run-settings.ts';
import { environmentName, plannedKeys, settings as settingTable } from '../../../src/app/config/setting-table.ts';

interface Given extends Partial<Omit<SettingsSources, 'projectFile' | 'userFile'>> {
  readonly project?: string;
  readonly user?: string;
}

function merge({ project, user, ...given }: Given): RunSettings {
  return mergeSettings({
    flags: {},
    environment: {},
    cwd: '/src/app/sub',
    home: '/home/ann',
    projectFile: project === undefined ? undefined : { path: '/src/app/inpod.yaml', text: project },
    userFile: user === undefined ? undefined : { path: '/home/ann/.config/inpod/config.yaml', text: user },
    ...given,
  });
}

function failure(given: Given): UsageError {
  try {
    merge(given);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('layers', () => {
  it('are defaults where nobody says anything', () => {
    const made = merge({});
    expect(made).toMatchObject({
      ...defaultSettings,
      env: {},
      alsoProxy: [],
      dns: { external: undefined, isLocalCluster: false },
      yes: false,
      command: ['/bin/sh'],
      isShell: true,
      name: undefined,
    });
    expect(merge({ environment: { SHELL: '/bin/zsh' } }).command).toEqual(['/bin/zsh']);
  });

  it('win from the flags down', () => {
    const all = { user: 'namespace: u', project: 'namespace: p', environment: { INPOD_CONFIG_NAMESPACE: 'e' }, flags: { namespace: 'f' } };
    expect(merge(all).kubeNamespace).toBe('f');
    expect(merge({ ...all, flags: {} }).kubeNamespace).toBe('e');
    expect(merge({ ...all, flags: {}, environment: { INPOD_CONFIG_NAMESPACE: '' } }).kubeNamespace).toBe('p');
    expect(merge({ user: all.user }).kubeNamespace).toBe('u');
  });

  it('merge maps by key, replace lists', () => {
    const made = merge({
      user: 'agent: {image: mine:1}\nenvExclude: [A]\ntimings: {linkLimitMs: 1, releaseLimitMs: 2}',
      project: 'env: {A: p, B: p}\nenvExclude: B*\ntimings:\n  linkLimitMs: 3',
      flags: { env: { B: 'f' } },
    });
    expect(made.env).toEqual({ A: 'p', B: 'f' });
    expect(made.envExclude).toEqual(['B*']);
    expect(made.agent.image).toBe('mine:1');
    expect(made.timings).toEqual({ ...defaultSettings.timings, linkLimitMs: 3, releaseLimitMs: 2 });
  });

  it('read every setting from the environment', () => {
    const environment = {
      INPOD_CONFIG_ALSO_PROXY: '10.0.0.0/8, 2001:db8::1, db.shop', INPOD_CONFIG_NEVER_PROXY: 'wiki.office.example, 10.1.0.0/16', INPOD_CONFIG_ENV: '{"A":"b,c"}', INPOD_CONFIG_AGENT_IMAGE: 'i:1', INPOD_CONFIG_YES: 'true',
      INPOD_CONFIG_TIMINGS_LINK_SILENCE_MS: '1500', INPOD_CONFIG_COMMAND: 'npm start', INPOD_CONFIG_OUTPUT: 'json', PATH: '/bin',
    }; // prettier-ignore
    const made = merge({ environment });
    expect(made.alsoProxy.map(String)).toEqual(['10.0.0.0/8', '2001:db8::1/128', 'db.shop']);
    expect(made.neverProxy.map(String)).toEqual(['wiki.office.example', '10.1.0.0/16']);
    expect(made).toMatchObject({
      env: { A: 'b,c' },
      agent: { image: 'i:1' },
      yes: true,
      output: 'json',
      command: ['/bin/sh', '-c', 'npm start'],
      isShell: false,
    });
    expect(made.timings.linkSilenceMs).toBe(1500);
  });

  it('take texts as they are written', () => {
    const made = merge({ project: 'env:\n  PORT: 0080\n  ON: yes\n  NONE: ~\n  VOID:\ncommand: [npm, start, "", 1.0]' });
    expect(made.env).toEqual({ PORT: '0080', ON: 'yes', NONE: '~', VOID: '' });
    expect(made.command).toEqual(['npm', 'start', '', '1.0']);
  });

  it('start relative paths at their own folder', () => {
    const made = merge({ project: 'envFile: ./out/pod.env\nkubeconfig: ~/.kube/test\nlogfile: /var/log/x', flags: { pcap: 'a.pcap' } });
    expect(made).toMatchObject({
      envFile: '/src/app/out/pod.env',
      kubeconfig: '/home/ann/.kube/test',
      logfile: '/var/log/x',
      pcap: '/src/app/sub/a.pcap',
    });
  });

  it.each(['', '# nothing\n', '---\n'])('may be an empty file: %j', (project) => {
    expect(merge({ project }).backend).toBe('auto');
  });
});

describe('problems', () => {
  it('are all told at once, with file, key and what is allowed', () => {
    const error = failure({
      project: 'backend: vpn\nnamspace: x\nagent: {imag: x}\ntimings: {linkLimitMs: soon}\nalsoProxy: [1.2.3.4, 300.1.1.1/8]\nenv: [A]\n',
      user: 'output: xml\n',
      environment: { INPOD_CONFIG_BACKENT: 'tun', INPOD_CONFIG_ENV: 'A=b', INPOD_CONFIG_VERBOSE: 'maybe' },
      flags: { name: 'No_Label' },
    });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.details['problems']).toMatchInlineSnapshot(`
      [
        "/home/ann/.config/inpod/config.yaml:1: output: must be text or json",
        "/src/app/inpod.yaml:1: backend: "vpn" is no backend; allowed: auto, tun, sshuttle, torsocks",
        "/src/app/inpod.yaml:2: namspace: is no setting; did you mean namespace?",
        "/src/app/inpod.yaml:3: agent.imag: is no setting; did you mean image?",
        "/src/app/inpod.yaml:4: timings.linkLimitMs: must be a whole number of milliseconds, 1 to 999999999",
        "/src/app/inpod.yaml:5: alsoProxy[1]: "300.1.1.1/8" is no IP address, no CIDR such as 10.1.0.0/16, and no name",
        "/src/app/inpod.yaml:6: env: must be a mapping of names to texts",
        "INPOD_CONFIG_BACKENT: is no setting; did you mean INPOD_CONFIG_BACKEND?",
        "INPOD_CONFIG_ENV: must be a JSON object of texts, such as {"LOG_LEVEL":"debug"}",
        "INPOD_CONFIG_VERBOSE: must be true or false",
        "--name: must be small letters, digits and "-", beginning with a letter, not ending with "-"",
      ]
    `);
    expect(error.message).toContain('11 problems');
  });

  it('of flags alone are FLAG_INVALID, named as the flag', () => {
    const error = failure({ flags: { alsoProxy: ['x y'], backend: 'vpn' } });
    expect(error.code).toBe('FLAG_INVALID');
    expect(error.message).toContain('--also-proxy: "x y" is no IP address');
    expect(error.message).toContain('--backend: "vpn" is no backend; allowed: auto, tun, sshuttle, torsocks');
  });

  it.each([
    [{ project: 'mount: auto' }, '/src/app/inpod.yaml:1: mount: is planned'],
    [{ environment: { INPOD_CONFIG_MOUNT: 'x' } }, 'INPOD_CONFIG_MOUNT: is planned'],
  ])('that are planned are NOT_IMPLEMENTED: %j', (given, message) => {
    const error = failure(given);
    expect(error.code).toBe('NOT_IMPLEMENTED');
    expect(error.message).toContain(message);
  });

  it('are a backend and a method that contradict each other, wherever each was said', () => {
    const error = failure({ project: 'backend: tun', flags: { method: 'inject-tcp' } });
    expect(error.message).toContain('--backend tun and --method inject-tcp contradict each other: inject-tcp means torsocks');
    expect(merge({ project: 'backend: tun', flags: { method: 'vpn-tcp' } }).method).toBe('vpn-tcp');
    expect(merge({ project: 'backend: torsocks', flags: { backend: 'auto', method: 'vpn-tcp' } }).backend).toBe('auto');
  });

  it.each([
    ['project', 'protectedContexts: []', 'only your own configuration file'],
    ['project', 'yes: true', 'give --yes'],
    ['user', 'yes: true', 'give --yes'],
  ])('%s file may not say %s', (kind, text, message) => {
    expect(failure({ [kind]: text }).message).toContain(message);
  });

  it('of YAML name the line', () => {
    expect(failure({ project: 'a: 1\nb: [\n' }).message).toMatch(/^\/src\/app\/inpod\.yaml:\d+: /);
    expect(failure({ project: 'name: a\nname: b\n' }).message).toMatch(/inpod\.yaml:2: Map keys must be unique$/);
    expect(failure({ project: 'just words' }).message).toBe('/src/app/inpod.yaml: must be a mapping of keys');
  });

  it("never show a variable's value", () => {
    const error = failure({
      project: 'env: {"A=": s3cret, B: [s3cret]}',
      environment: { INPOD_CONFIG_ENV: '["s3cret"]' },
      flags: { env: { C: 's3cret\0' } },
    });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('s3cret');
  });
});

describe('protected contexts', () => {
  const settings = merge({ user: 'protectedContexts: [prod, "eu-*"]' });
  it.each(['prod', 'eu-1'])('%s needs --yes', (context) => {
    expect(() => requireUnprotected(context, settings)).toThrowError(expect.objectContaining({ code: 'CONTEXT_PROTECTED' }));
    expect(() => requireUnprotected(context, { ...settings, yes: true })).not.toThrow();
  });
  it('others are free', () => {
    expect(() => requireUnprotected('test', settings)).not.toThrow();
  });
});

describe('the table of settings', () => {
  it('has the keys of the schema', () => {
    expect([...new Set(settingTable.map((setting) => setting.path[0]))]).toEqual(Object.keys(configSchema.shape));
  });
  it('has no name twice, and none that is planned', () => {
    const names = settingTable.map((setting) => environmentName(setting.path));
    expect(new Set(names).size).toBe(names.length);
    expect(settingTable.filter((setting) => plannedKeys.has(setting.path[0]))).toEqual([]);
  });
});
