import type { ByteEnvironment, ByteVariable } from './byte-environment.ts';
import { encodeUtf8, fromBinary, showBytes, toBinary } from './byte-text.ts';
import { imageFiles, localAlways, localWithheld, nameMatcher, npxAdded, proxyVariables } from './environment-rules.ts';

/** What describes the session to the child. */
export interface SessionVariables {
  readonly sessionId: string;
  readonly podName: string;
  /** The container whose variables these are. */
  readonly containerName: string;
  /** Where the pod's files are, and the mount points among them; without mounts the child gets neither `INPOD_ROOT` nor `INPOD_MOUNTS`. */
  readonly mounts?: { readonly root: string; readonly points: readonly string[] } | undefined;
}

/** All that a child's environment is made of. */
export interface ChildEnvironmentParts {
  /** The container's variables as the kubelet set them. */
  readonly pod: ByteEnvironment;
  /** This machine's, as the session's program was started with. */
  readonly local: ByteEnvironment;
  readonly session: SessionVariables;
  /** `--env`: wins over all. Names without `=`, neither part with NUL. */
  readonly overrides: Readonly<Record<string, string>>;
  /** `--env-exclude`: globs over names of the pod's variables. */
  readonly exclude: readonly string[];
}

/** The child's environment and what there is to say about it. Names are in a form for messages. */
export interface ChildEnvironment {
  readonly environment: ByteEnvironment;
  /** What the session brought: the pod's variables that are passed, the session's own, `--env`. What `--env-json` and `--env-file` write. */
  readonly brought: ByteEnvironment;
  /** The pod's variables that name files of its image and so aren't passed. */
  readonly withheld: readonly string[];
  /** The pod's variables that `--env-exclude` took. */
  readonly excluded: readonly string[];
  /** Local proxy settings that stay in force. */
  readonly localProxies: readonly string[];
}

/**
 * The local environment overlaid by the pod's, which wins but for what belongs to this machine ({@link localAlways}) or names files of the image
 * ({@link imageFiles}). Bytes go through as they are.
 */
export function makeChildEnvironment(parts: ChildEnvironmentParts): ChildEnvironment {
  const pod = sortPodVariables(parts.pod, parts.exclude);
  const brought = new Map<string, ByteVariable>();
  const overrides = Object.entries(parts.overrides).map(textVariable);
  for (const variable of [...pod.passed, ...sessionVariables(parts.session), ...overrides]) brought.set(toBinary(variable.name), variable);
  const environment = new Map([...keptLocally(parts.local), ...brought]);
  const isProxy = nameMatcher(proxyVariables);
  return {
    environment: [...environment.values()],
    brought: [...brought.values()],
    withheld: pod.withheld,
    excluded: pod.excluded,
    localProxies: [...environment.keys()].filter((name) => isProxy(name) && !brought.has(name)),
  };
}

function sortPodVariables(
  pod: ByteEnvironment,
  exclude: readonly string[],
): { passed: ByteVariable[]; withheld: string[]; excluded: string[] } {
  const isExcluded = nameMatcher(exclude.map((glob) => toBinary(encodeUtf8(glob))));
  const isLocal = nameMatcher(localAlways);
  const isWithheld = nameMatcher(imageFiles);
  const sorted = { passed: [] as ByteVariable[], withheld: [] as string[], excluded: [] as string[] };
  for (const variable of pod) {
    const name = toBinary(variable.name);
    if (isExcluded(name)) sorted.excluded.push(showBytes(variable.name));
    else if (isWithheld(name)) sorted.withheld.push(showBytes(variable.name));
    else if (!isLocal(name)) sorted.passed.push(variable);
  }
  return sorted;
}

function keptLocally(local: ByteEnvironment): Map<string, ByteVariable> {
  const isDropped = nameMatcher(isByNpx(local) ? [...localWithheld, ...npxAdded] : localWithheld);
  const kept = new Map<string, ByteVariable>();
  for (const variable of local) {
    const name = toBinary(variable.name);
    if (!isDropped(name)) kept.set(name, variable);
  }
  return kept;
}

/** `npm run` leaves its variables for the script to use; `npx` only needs them itself. */
function isByNpx(local: ByteEnvironment): boolean {
  return local.some(({ name, value }) => toBinary(name) === 'npm_lifecycle_event' && toBinary(value) === 'npx');
}

function sessionVariables(session: SessionVariables): ByteVariable[] {
  const words: [string, string][] = [
    ['SESSION', session.sessionId],
    ['POD', session.podName],
    ['CONTAINER', session.containerName],
  ];
  if (session.mounts) words.push(['ROOT', session.mounts.root], ['MOUNTS', session.mounts.points.join(':')]);
  return ['INPOD_', 'TELEPRESENCE_'].flatMap((prefix) => words.map(([word, value]) => textVariable([`${prefix}${word}`, value])));
}

function textVariable([name, value]: [string, string]): ByteVariable {
  return { name: encodeUtf8(name), value: encodeUtf8(value) };
}

/**
 * Reads the form in which the kernel and the agent give an environment: `NAME=VALUE`, each ended by NUL.
 * What has no `=`, or nothing before it, is left out; of a repeated name the first counts, as for getenv(3).
 */
export function parseEnvironmentBlock(block: Uint8Array): ByteEnvironment {
  const variables = new Map<string, ByteVariable>();
  for (const entry of toBinary(block).split('\0')) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if (equals > 0 && !variables.has(name)) variables.set(name, { name: fromBinary(name), value: fromBinary(entry.slice(equals + 1)) });
  }
  return [...variables.values()];
}
