/** What a test program does, in one run; it exits 0 where all was as expected, with an errno's number where a call failed with it, with 1 otherwise. */
export type TunnelAct =
  | { readonly act: 'exit'; readonly code: number }
  | { readonly act: 'die-by'; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** Connects when it is ready for signals, and exits with `code` on SIGTERM. */
  | { readonly act: 'exit-on-term'; readonly host: string; readonly port: number; readonly code: number }
  | { readonly act: 'sleep' }
  /** Leaves a descendant whose command line has `marker`, and exits 0. */
  | { readonly act: 'leave-daemon'; readonly marker: string }
  | { readonly act: 'expect-variable'; readonly name: string; readonly value: string }
  | { readonly act: 'expect-cwd'; readonly path: string }
  | { readonly act: 'expect-umask'; readonly umask: number }
  | { readonly act: 'expect-hostname'; readonly hostname: string }
  | { readonly act: 'expect-file'; readonly path: string; readonly text: string }
  | { readonly act: 'expect-address'; readonly address: string }
  /** Connects `connections` times at once; sends `bytes` on each, half-closes, and expects them back before the far side's end. */
  | { readonly act: 'echo'; readonly host: string; readonly port: number; readonly bytes: number; readonly connections: number }
  /** Connects, sends a byte, and waits for the end or the failure. */
  | { readonly act: 'connect'; readonly host: string; readonly port: number }
  /** Listens within the child's own network, sends back what it gets, and ends as it is ended; until it is killed. */
  | { readonly act: 'serve'; readonly host: string; readonly port: number }
  /** Sends `text` as one datagram and expects it back; where nothing comes for `giveUpMs` it exits with ETIMEDOUT. */
  | { readonly act: 'udp'; readonly host: string; readonly port: number; readonly text: string; readonly giveUpMs?: number }
  /** Resolves a name as programs do. Unknown names exit with 68. */
  | { readonly act: 'resolve'; readonly name: string; readonly address: string };

/** Linux's numbers of what a program may see (errno(3)). */
export const errnoNumbers = {
  ENOSYS: 38,
  EAFNOSUPPORT: 97,
  ENETUNREACH: 101,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
} as const;

/** Exit code for a name that doesn't exist (sysexits.h EX_NOHOST). */
export const unknownName = 68;

/** Exit with which a program tells that it may not do this at all (EPERM). */
export const notPermitted = { code: 1 } as const;
