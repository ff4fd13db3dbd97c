import { describe, expect, it } from 'vitest';
import { explainSettings, type ExplainedSetting } from '../../../src/app/config/explain-settings.ts';
import { stackLayers, type LayerStack } from '../../../src/app/config/layer-stack.ts';
import { mergeSettings, resolveSettings } from '../../../src/app/config/merge-settings.ts';

interface Given {
  readonly project?: string;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, unknown>>;
}

const sources = ({ project, user, environment = {}, flags = {} }: Given): Parameters<typeof stackLayers>[0] => ({
  flags,
  environment,
  cwd: '/src/app',
  home: '/home/ann',
  projectFile: project === undefined ? undefined : { path: '/src/app/inpod.yaml', text: project },
  userFile: user === undefined ? undefined : { path: '/cfg/config.yaml', text: user },
});
const stack = (given: Given): LayerStack => stackLayers(sources(given));
const problems = (given: Given): readonly string[] => stack(given).problems.map(({ where, message }) => `${where}: ${message}`);

describe('profiles', () => {
  const project = `
namespace: shop
profiles:
  staging: {context: staging, env: {A: profile}}
  empty:
env: {A: file, B: file}
`;
  const user = 'context: mine\nserviceaccount: own\nprofiles: {staging: {serviceaccount: robot, context: overridden}}';

  it.each<[string, Given, object]>([
    ['none', { project, user }, { context: 'mine', serviceAccount: 'own', env: { A: 'file', B: 'file' } }],
    [
      'by flag',
      { project, flags: { profile: 'staging' } },
      { context: 'staging', kubeNamespace: 'shop', env: { A: 'profile', B: 'file' } },
    ],
    ['by variable', { project, environment: { INPOD_CONFIG_PROFILE: 'staging' } }, { context: 'staging' }],
    ['empty', { project, user, flags: { profile: 'empty' } }, { context: 'mine' }],
    [
      "the user's too, the project's stronger",
      { project, user, flags: { profile: 'staging' } },
      { context: 'staging', serviceAccount: 'robot' },
    ],
    ['below variables', { project, environment: { INPOD_CONFIG_CONTEXT: 'e' }, flags: { profile: 'staging' } }, { context: 'e' }],
    [
      'flag over variable',
      { project, user, environment: { INPOD_CONFIG_PROFILE: 'staging' }, flags: { profile: 'empty' } },
      { context: 'mine' },
    ],
  ])('%s', (_, given, expected) => {
    expect(mergeSettings(sources(given))).toMatchObject(expected);
  });

  it.each<[Given, string]>([
    [{ project, flags: { profile: 'stagin' } }, '--profile: there is no profile stagin; did you mean staging?'],
    [{ project, environment: { INPOD_CONFIG_PROFILE: 'x' } }, 'INPOD_CONFIG_PROFILE: there is no profile x; there are: staging, empty'],
    [{ flags: { profile: 'x' } }, '--profile: there is no profile x: no configuration file has profiles'],
    [{ project: 'profiles: [a]' }, '/src/app/inpod.yaml:1: profiles: must be a mapping of names to settings'],
    [{ project: 'profiles:\n  a: words' }, '/src/app/inpod.yaml:2: profiles.a: must be a mapping of keys'],
    [{ project: 'profiles:\n  a:\n    nam: x' }, '/src/app/inpod.yaml:3: profiles.a.nam: is no setting; did you mean name?'],
    [{ user: 'profiles:\n  a:\n    protectedContexts: [x]' }, '/cfg/config.yaml:3: profiles.a.protectedContexts: not allowed here; only your own configuration file can protect contexts, outside its profiles'],
    [{ project: 'profile: a' }, '/src/app/inpod.yaml:1: profile: not allowed here; it is chosen for a run: give --profile'],
    [{ project: 'a: [', flags: { profile: 'x' } }, expect.stringMatching(/^\/src\/app\/inpod.yaml:1: /) as string],
  ])('%j', (given, problem) => {
    expect(problems(given)).toEqual([problem]);
  }); // prettier-ignore
});

describe('lines of problems', () => {
  it.each<[string, readonly string[]]>([
    ['# first\n\nagent:\n  imag: x\nbackend: vpn', [':4: agent.imag', ':5: backend']],
    ['alsoProxy:\n  - 1.2.3.4\n  - nonsense!', [':3: alsoProxy[1]']],
    ['a: &x {imag: y}\nagent: *x', [':1: a', ':2: agent.imag']],
  ])('%j', (project, places) => {
    expect(problems({ project }).map((line) => /^\/src\/app\/inpod.yaml(:\d+: [\w.[\]]+)/.exec(line)?.[1])).toEqual(places);
  });
});

describe('ports that contradict each other', () => {
  it.each<[Given, string, string]>([
    [{ flags: { expose: ['80', '81:80'] } }, 'flags', 'ports'],
    [{ project: 'expose: [80, "81:80"]' }, 'project', '/src/app/inpod.yaml: ports'],
    [{ project: 'expose: 80', environment: { INPOD_CONFIG_TO_POD: '80' } }, 'environment', 'ports'],
  ])('%j', (given, layer, where) => {
    expect(resolveSettings(sources(given)).problems).toMatchObject([{ layer, where }]);
  });
});

describe('explainSettings', () => {
  const explained = (given: Given): ReadonlyMap<string, ExplainedSetting> =>
    new Map(explainSettings(stack(given)).map((setting) => [setting.key, setting]));

  it.each<[string, Given, unknown, object]>([
    ['backend', {}, 'auto', { kind: 'default' }],
    ['namespace', {}, null, { kind: 'default' }],
    ['timings.linkLimitMs', {}, 300_000, { kind: 'default' }],
    ['alsoProxy', {}, [], { kind: 'default' }],
    ['publish', {}, true, { kind: 'default' }],
    ['namespace', { flags: { namespace: 'f' }, project: 'namespace: p' }, 'f', { kind: 'flag', name: '--namespace' }],
    ['agent.image', { environment: { INPOD_CONFIG_AGENT_IMAGE: 'i:1' } }, 'i:1', { kind: 'variable', name: 'INPOD_CONFIG_AGENT_IMAGE' }],
    ['namespace', { user: 'namespace: u', project: '\nnamespace: p' }, 'p', { kind: 'file', file: '/src/app/inpod.yaml', line: 2 }],
    ['namespace', { user: 'namespace: u' }, 'u', { kind: 'file', file: '/cfg/config.yaml', line: 1 }],
    ['alsoProxy', { project: 'alsoProxy: 10.1.2.3/8' }, ['10.1.2.3/8'], { kind: 'file', file: '/src/app/inpod.yaml', line: 1 }],
    ['expose', { flags: { expose: ['8080:80'] } }, ['8080:80'], { kind: 'flag', name: '--expose' }],
    ['kubeconfig', { project: 'kubeconfig: ~/k' }, '/home/ann/k', { kind: 'file', file: '/src/app/inpod.yaml', line: 1 }],
    ['command', { project: 'command: npm start' }, 'npm start', { kind: 'file', file: '/src/app/inpod.yaml', line: 1 }],
    ['command', { flags: { command: ['a', 'b'] } }, ['a', 'b'], { kind: 'flag', name: '--' }],
    ['env.A', { user: 'env: {A: u}', project: 'env:\n  A: s3cret' }, '(hidden)', { kind: 'file', file: '/src/app/inpod.yaml', line: 2 }],
    ['env.B', { user: 'env: {B: u}', flags: { env: { A: 'x' } } }, '(hidden)', { kind: 'file', file: '/cfg/config.yaml', line: 1 }],
    ['context', { project: 'profiles:\n  s:\n    context: c', flags: { profile: 's' } }, 'c', { kind: 'file', file: '/src/app/inpod.yaml', line: 3, profile: 's' }],
  ])('%s of %j', (key, given, value, from) => {
    expect(explained(given).get(key)).toMatchObject({ value, from });
  }); // prettier-ignore

  it('agrees with what a run takes', () => {
    const settings = mergeSettings(sources({}));
    for (const key of ['backend', 'output', 'verbose', 'yes'] as const) expect(explained({}).get(key)?.value).toBe(settings[key]);
    for (const [key, value] of Object.entries(settings.timings)) expect(explained({}).get(`timings.${key}`)?.value).toBe(value);
    expect(explained({}).get('publish')?.value).toBe(settings.inbound.publish);
  });
});
