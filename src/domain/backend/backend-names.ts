/** Backends of the design, by their names. */
export const backendNames = ['tun', 'sshuttle', 'torsocks', 'docker'] as const;
export type BackendName = (typeof backendNames)[number];

/** Those that are there. */
export const builtBackends = ['tun', 'sshuttle', 'torsocks'] as const;
export type BuiltBackend = (typeof builtBackends)[number];

/** The default image of the agent has Node alone; sshuttle's far end takes Python. */
const images: Partial<Record<BackendName, readonly [plain: string, instead: string]>> = { sshuttle: ['node:24-slim', 'node:24'] };

/** @param asked - what the settings say, or have by default @returns the image that this backend's agent needs, where that is known to lack something */
export function imageFor(backend: BackendName, asked: string): string {
  const [plain, instead] = images[backend] ?? [];
  return instead !== undefined && asked === plain ? instead : asked;
}

/** The older words of `--method`, and the backends that each means, in order. */
export const methods = { 'vpn-tcp': ['tun', 'sshuttle'], 'inject-tcp': ['torsocks'], container: ['docker'] } as const satisfies Readonly<
  Record<string, readonly BackendName[]>
>;
export type MethodName = keyof typeof methods;

/** What was asked for, flags, variables and files merged. */
export interface AskedBackend {
  readonly backend: BackendName | 'auto' | undefined;
  readonly method: MethodName | undefined;
}

/** @returns what is wrong with asking for both, where something is */
export function contradiction({ backend, method }: AskedBackend): string | undefined {
  if (backend === undefined || backend === 'auto' || method === undefined) return undefined;
  const meant: readonly BackendName[] = methods[method];
  if (meant.includes(backend)) return undefined;
  return `--backend ${backend} and --method ${method} contradict each other: ${method} means ${meant.join(', else ')}`;
}
