/** Who a program under test runs as. */
export interface LaptopUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Users of the test cluster, by the names of their kubeconfigs. */
export type ClusterUser = 'admin' | 'developer' | 'teammate' | 'viewer';

/** What the global set-up made, for every test file. Plain data: it crosses into vitest's workers. */
export interface Bed {
  /** Unique to this run; in the environment of every process that a test starts. */
  readonly marker: string;
  /** Everything of this run, readable by everybody, gone at the end. */
  readonly folder: string;
  /** The built program: `dist/`, `native/`, and the packages that are loaded at run time. */
  readonly install: string;
  /** Client programs. */
  readonly clients: string;
  readonly root: LaptopUser;
  /** An ordinary user without any right. */
  readonly ordinary: LaptopUser;
  readonly kubeconfigs: Readonly<Record<ClusterUser, string>>;
  /** Cluster addresses of the Service `web` in `default`. */
  readonly web: { readonly ipv4: string; readonly ipv6: string };
}

declare module 'vitest' {
  export interface ProvidedContext {
    bed: Bed;
  }
}
