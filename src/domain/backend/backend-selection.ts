import { TunnelError, type AppError } from '../errors.ts';
import type { TunnelProbe } from '../ports/tunnel-port.ts';
import { builtBackends, methods, type AskedBackend, type BackendName, type BuiltBackend } from './backend-names.ts';
import type { Hookability } from './hookability.ts';
import { programRefusal } from './program-refusal.ts';

/** What is known when a backend is chosen; what is missing is asked for, since looking costs. */
export interface SelectionGround extends AskedBackend {
  /** As Node calls it: linux, darwin. */
  readonly platform: string;
  readonly probes: Partial<Readonly<Record<BuiltBackend, TunnelProbe>>>;
  /** Of the command, by torsocks' library. */
  readonly program?: Hookability | undefined;
}

/** The choice with its reason, for people; or what must be looked at first; or why there is none. */
export type BackendSelection =
  | { readonly kind: 'chosen'; readonly backend: BuiltBackend; readonly reason: string }
  | { readonly kind: 'look'; readonly at: BuiltBackend | 'program' }
  | { readonly kind: 'refused'; readonly error: AppError };

/** Candidates in order, and why they are. */
interface Wanted {
  readonly candidates: readonly BackendName[];
  readonly because: string;
}

/** Pure: the same ground gives the same choice. What contradicts itself was refused before. */
export function selectBackend(ground: SelectionGround): BackendSelection {
  const { candidates, because } = wanted(ground);
  const usable = candidates.filter((name) => isHere(name, ground.platform));
  const [first, ...others] = usable;
  if (first === undefined) return { kind: 'refused', error: notThere(candidates, ground.platform) };
  // Asked for by name: whether it works is the plan's to say, in the plan's words.
  if (candidates.length === 1) return chosen(first, because, ground);
  return firstUsable([first, ...others], because, ground);
}

function wanted({ backend, method, platform }: SelectionGround): Wanted {
  if (backend !== undefined && backend !== 'auto') return { candidates: [backend], because: 'asked for' };
  if (method !== undefined) return { candidates: methods[method], because: `asked for by --method ${method}` };
  if (platform === 'darwin') return { candidates: ['sshuttle', 'torsocks'], because: 'the default on macOS' };
  return { candidates: ['tun', 'torsocks'], because: 'the default on Linux' };
}

/** What is built works on Linux. */
function isHere(name: BackendName, platform: string): name is BuiltBackend {
  return platform === 'linux' && (builtBackends as readonly string[]).includes(name);
}

function firstUsable(candidates: readonly [BuiltBackend, ...BuiltBackend[]], because: string, ground: SelectionGround): BackendSelection {
  const [first] = candidates;
  let reason = because;
  for (const backend of candidates) {
    const probe = ground.probes[backend];
    if (!probe) return { kind: 'look', at: backend };
    if (probe.usable) return chosen(backend, reason, ground);
    reason = `${backend} can't work here: ${probe.reason}`;
  }
  // None works: the first one's failure is told, with what mends it.
  return { kind: 'chosen', backend: first, reason: because };
}

/** For a program that torsocks doesn't carry nothing is begun. */
function chosen(backend: BuiltBackend, reason: string, { program, probes }: SelectionGround): BackendSelection {
  if (backend !== 'torsocks') return { kind: 'chosen', backend, reason };
  if (!program) return { kind: 'look', at: 'program' };
  if (program.hookable) return { kind: 'chosen', backend: 'torsocks', reason };
  const better = probes.tun?.usable === false ? probes.tun : undefined;
  return { kind: 'refused', error: programRefusal(program.reason, better) };
}

function notThere(candidates: readonly BackendName[], platform: string): TunnelError {
  const names = candidates.join(' and ');
  const isLinux = platform === 'linux';
  return new TunnelError({
    code: 'UNSUPPORTED',
    message: isLinux ? `the backend ${names} isn't there yet` : `on ${platform} none of the backends works yet: ${names}`,
    hint: isLinux
      ? `there are ${builtBackends.slice(0, -1).join(', ')} and ${builtBackends.at(-1)}: leave --backend and --method out, and inpod chooses`
      : 'use inpod on Linux',
    details: { backends: candidates },
  });
}
