import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';
import { ClusterError } from '../../domain/errors.ts';
import type { ClusterEntry, ContextEntry, ExecEntry, Kubeconfig, UserEntry } from './kubeconfig-entries.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one kubeconfig file's text; relative paths count from the file's folder, as kubectl has it.
 * @throws ClusterError `KUBECONFIG_INVALID` naming the file and what is wrong in it, never a value of it
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const document = parseYaml(text, file);
  const base = dirname(file);
  return {
    clusters: entriesOf(document, file, 'clusters', (name, fields) => clusterOf(name, section(fields, 'cluster'), base)),
    users: entriesOf(document, file, 'users', (name, fields) => userOf(name, section(fields, 'user'), base)),
    contexts: entriesOf(document, file, 'contexts', (name, fields) => contextOf(name, section(fields, 'context'))),
    currentContext: textAt(document, 'current-context'),
  };
}

/** Joins files in the order of KUBECONFIG: of entries with the same name, and of current contexts, the first file's wins. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const firstWins = <T>(pick: (config: Kubeconfig) => ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map(configs.toReversed().flatMap((config) => [...pick(config)]));
  return {
    clusters: firstWins((config) => config.clusters),
    users: firstWins((config) => config.users),
    contexts: firstWins((config) => config.contexts),
    currentContext: configs.find((config) => config.currentContext !== undefined)?.currentContext,
  };
}

function parseYaml(source: string, file: string): Fields {
  let document: unknown;
  try {
    document = parse(source, { prettyErrors: false });
  } catch (cause) {
    // The parser's message may quote the line, which may hold a token: only its code goes on.
    const reason = (cause as { code?: string }).code ?? 'unreadable';
    throw invalid(file, `isn't valid YAML (${reason})`);
  }
  if (document === null || document === undefined) return {};
  if (!isFields(document)) throw invalid(file, "isn't a kubeconfig: its top level must be a mapping");
  return document;
}

function entriesOf<T>(document: Fields, file: string, key: string, read: (name: string, fields: Fields) => T): ReadonlyMap<string, T> {
  const list = document[key] ?? [];
  if (!Array.isArray(list)) throw invalid(file, `is wrong at ${key}: a list is expected`);
  const entries = new Map<string, T>();
  for (const [index, item] of (list as unknown[]).entries()) {
    const name = isFields(item) ? textAt(item, 'name') : undefined;
    if (!isFields(item) || name === undefined) throw invalid(file, `is wrong at ${key}[${index}]: a name is missing`);
    if (!entries.has(name)) entries.set(name, read(name, item));
  }
  return entries;
}

function clusterOf(name: string, fields: Fields, base: string): ClusterEntry {
  return {
    name,
    server: (textAt(fields, 'server') ?? '').replace(/\/+$/, ''),
    caFile: pathAt(fields, 'certificate-authority', base),
    caData: textAt(fields, 'certificate-authority-data'),
    skipTlsVerify: fields['insecure-skip-tls-verify'] === true,
    tlsServerName: textAt(fields, 'tls-server-name'),
    proxyUrl: textAt(fields, 'proxy-url'),
    execConfig: execExtension(fields['extensions']),
  };
}

function userOf(name: string, fields: Fields, base: string): UserEntry {
  const exec = fields['exec'];
  return {
    name,
    certFile: pathAt(fields, 'client-certificate', base),
    certData: textAt(fields, 'client-certificate-data'),
    keyFile: pathAt(fields, 'client-key', base),
    keyData: textAt(fields, 'client-key-data'),
    token: textAt(fields, 'token'),
    tokenFile: pathAt(fields, 'tokenFile', base),
    username: textAt(fields, 'username'),
    password: textAt(fields, 'password'),
    exec: isFields(exec) ? execOf(exec, base) : undefined,
    authProvider: fields['auth-provider'] ?? undefined,
    impersonate: {
      user: textAt(fields, 'as'),
      uid: textAt(fields, 'as-uid'),
      groups: texts(fields['as-groups']),
      extra: Object.fromEntries(Object.entries(section(fields, 'as-user-extra')).map(([key, values]) => [key, texts(values)])),
    },
  };
}

function execOf(fields: Fields, base: string): ExecEntry {
  const command = textAt(fields, 'command') ?? '';
  const environment = Array.isArray(fields['env']) ? (fields['env'] as unknown[]).filter(isFields) : [];
  return {
    apiVersion: textAt(fields, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    command: command.includes('/') ? absolute(command, base) : command,
    args: texts(fields['args']),
    env: environment.map((entry) => ({ name: textAt(entry, 'name') ?? '', value: textAt(entry, 'value') ?? '' })),
    installHint: textAt(fields, 'installHint'),
    provideClusterInfo: fields['provideClusterInfo'] === true,
    interactiveMode: textAt(fields, 'interactiveMode'),
  };
}

function contextOf(name: string, fields: Fields): ContextEntry {
  return { name, cluster: textAt(fields, 'cluster') ?? '', user: textAt(fields, 'user') ?? '', kubeNamespace: textAt(fields, 'namespace') };
}

function execExtension(extensions: unknown): unknown {
  const list = Array.isArray(extensions) ? (extensions as unknown[]).filter(isFields) : [];
  return list.find((entry) => entry['name'] === 'client.authentication.k8s.io/exec')?.['extension'];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function section(fields: Fields, key: string): Fields {
  const value = fields[key];
  return isFields(value) ? value : {};
}

/** A scalar as text: YAML reads a numeric token or name as a number. An empty one counts as absent, as for kubectl. */
function textAt(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as unknown[]).map(String) : [];
}

function pathAt(fields: Fields, key: string, base: string): string | undefined {
  const value = textAt(fields, key);
  return value === undefined ? undefined : absolute(value, base);
}

function absolute(path: string, base: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}

function invalid(file: string, problem: string): ClusterError {
  return new ClusterError({
    code: 'KUBECONFIG_INVALID',
    message: `the kubeconfig ${file} ${problem}`,
    hint: 'see what kubectl makes of it: kubectl config view',
    details: { file },
  });
}
