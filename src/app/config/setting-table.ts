/** Where a setting may come from, weakest first. */
export type LayerKind = 'user' | 'project' | 'profile' | 'environment' | 'flags';

/** One setting as the outside knows it. */
export interface Setting {
  /** Key path in `inpod.yaml`, camelCase. */
  readonly path: readonly [string, ...string[]];
  /** `list`: several words; `map`: names to words. */
  readonly shape: 'word' | 'list' | 'map';
  /** Layers that may set it; all where it isn't said. */
  readonly only?: readonly LayerKind[];
  /** Why not from elsewhere. */
  readonly onlyReason?: string;
}

const word = (...path: [string, ...string[]]): Setting => ({ path, shape: 'word' });
const list = (...path: [string, ...string[]]): Setting => ({ path, shape: 'list' });

/** Every setting there is. The schema has the same keys (a test compares). */
export const settings: readonly Setting[] = [
  word('name'),
  word('swap'),
  word('copy'),
  list('skipInit'),
  word('backend'),
  word('method'),
  list('alsoProxy'),
  list('neverProxy'),
  word('localCluster'),
  word('dns', 'external'),
  list('expose'),
  list('toPod'),
  list('fromPod'),
  list('fromHost'),
  word('publish'),
  { path: ['env'], shape: 'map' },
  list('envExclude'),
  word('envJson'),
  word('envFile'),
  word('namespace'),
  word('context'),
  word('kubeconfig'),
  word('as'),
  word('serviceaccount'),
  word('agent', 'name'),
  word('agent', 'image'),
  word('timings', 'podReadyMs'),
  word('timings', 'linkLimitMs'),
  word('timings', 'linkSilenceMs'),
  word('timings', 'leaseRenewMs'),
  word('timings', 'acceptLimitMs'),
  word('timings', 'releaseLimitMs'),
  word('timings', 'routeSettleMs'),
  word('timings', 'drainMs'),
  word('timings', 'workloadReadyMs'),
  word('timings', 'endGraceMs'),
  word('timings', 'takeoverMs'),
  word('timings', 'guardMs'),
  {
    path: ['protectedContexts'],
    shape: 'list',
    only: ['user'],
    onlyReason: 'only your own configuration file can protect contexts, outside its profiles',
  },
  { path: ['profile'], shape: 'word', only: ['flags', 'environment'], onlyReason: 'it is chosen for a run: give --profile' },
  { path: ['yes'], shape: 'word', only: ['flags', 'environment'], onlyReason: 'it is for one run: give --yes' },
  word('verbose'),
  word('logfile'),
  word('output'),
  word('pcap'),
  list('command'),
];

/** Keys of the design that don't work yet: refused with that word, never ignored. */
export const plannedKeys: ReadonlySet<string> = new Set([
  'newDeployment', 'swapDeployment', 'deployment', 'mount', 'dockerMount',
  'containerToHost', 'run', 'runShell', 'dockerRun', 'container',
]); // prettier-ignore

/** `agent.image` as `INPOD_CONFIG_AGENT_IMAGE`. */
export function environmentName(path: readonly string[]): string {
  return `INPOD_CONFIG_${path.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')}`;
}

/** `alsoProxy` as `--also-proxy`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The setting that `path` lies in: itself, or the list or map that it is an item of. */
export function settingAt(path: readonly PropertyKey[]): Setting | undefined {
  return settings.find((setting) => setting.path.every((key, i) => path[i] === key));
}
