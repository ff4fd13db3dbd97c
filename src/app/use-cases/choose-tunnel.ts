import { selectBackend } from '../../domain/backend/backend-selection.ts';
import type { AskedBackend, BuiltBackend } from '../../domain/backend/backend-names.ts';
import { examineHooking, type Hookability } from '../../domain/backend/hookability.ts';
import type { ProgramFilesPort } from '../../domain/ports/program-files-port.ts';
import type { TunnelPort, TunnelProbe } from '../../domain/ports/tunnel-port.ts';

/** What choosing takes. */
export interface ChoiceParts {
  readonly asked: AskedBackend;
  readonly platform: string;
  readonly tunnels: Readonly<Record<BuiltBackend, TunnelPort>>;
  readonly programs: ProgramFilesPort;
  /** The command's first word, and where it is looked up. */
  readonly command: { readonly name: string; readonly searchPath: string | undefined; readonly cwd: string };
}

/** A backend, and why it is this one. */
export interface ChosenTunnel {
  readonly tunnel: TunnelPort;
  readonly reason: string;
}

/** Looks at no more than the choice needs. @throws TunnelError `UNSUPPORTED`; HostError `PROGRAM_NOT_HOOKABLE` */
export async function chooseTunnel(parts: ChoiceParts, signal: AbortSignal): Promise<ChosenTunnel> {
  const { asked, platform, tunnels, programs, command } = parts;
  const probes: Partial<Record<BuiltBackend, TunnelProbe>> = {};
  let program: Hookability | undefined;
  for (;;) {
    const selection = selectBackend({ ...asked, platform, probes, program });
    if (selection.kind === 'refused') throw selection.error;
    if (selection.kind === 'chosen') return { tunnel: withProbe(tunnels[selection.backend], probes), reason: selection.reason };
    if (selection.at === 'program') program = await examineHooking(programs, { ...command, library: undefined });
    else probes[selection.at] = await tunnels[selection.at].probe(signal);
  }
}

/** The tunnel, which isn't probed a second time where that was just done. */
function withProbe(tunnel: TunnelPort, probes: Partial<Record<BuiltBackend, TunnelProbe>>): TunnelPort {
  const known = Object.entries(probes).find(([name]) => name === tunnel.name)?.[1];
  if (!known) return tunnel;
  const { name, capabilities } = tunnel;
  return {
    name,
    capabilities,
    probe: () => Promise.resolve(known),
    open: (options, inherited, signal) => tunnel.open(options, inherited, signal),
  };
}
