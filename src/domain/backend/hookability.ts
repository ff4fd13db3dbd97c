import type { ProgramFile, ProgramFilesPort, ProgramPlace } from '../ports/program-files-port.ts';
import { decodeUtf8 } from '../protocol/utf8.ts';
import { elfHeaderBytes, hasGoNote, parseElfHeader, parseElfParts, type ElfHeader, type ElfKind } from './elf-program.ts';
import { parseShebang, shebangBytes } from './shebang.ts';

/** Whether a library that is loaded into a program (LD_PRELOAD) sees its calls; if not, what it is, for people: `/usr/bin/kubectl is a Go program, ...`. */
export type Hookability = { readonly hookable: true } | { readonly hookable: false; readonly reason: string };

/** What is asked. */
export interface HookQuestion extends ProgramPlace {
  /** As the user wrote it. */
  readonly name: string;
  /** The library's own kind; `undefined` where it isn't known. */
  readonly library: ElfKind | undefined;
}

const hookable: Hookability = { hookable: true };

/** Interpreters of interpreters: the kernel itself follows four, and `env` adds one each. */
const deepest = 8;

/** Programs that use what a hook for TCP connections doesn't carry; what they do instead. */
const beyondTcp: ReadonlyMap<string, string> = new Map([
  ...['ping', 'ping6', 'fping', 'traceroute', 'traceroute6', 'tracepath', 'mtr'].map(
    (name) => [name, 'sends packets that are no TCP'] as const,
  ),
  ...['dig', 'host', 'nslookup', 'delv', 'kdig', 'drill'].map((name) => [name, 'asks name servers by itself, over UDP'] as const),
]);

/** Follows scripts to what runs them. A program that can't be found or read is called hookable: running it tells what is wrong. */
export async function examineHooking(files: ProgramFilesPort, question: HookQuestion): Promise<Hookability> {
  let name = question.name;
  for (let depth = 0; depth < deepest; depth++) {
    const program = await files.find(name, question);
    if (!program) return hookable;
    const obstacle = privileged(program, files.user) ?? toolOf(name) ?? toolOf(program.path);
    if (obstacle) return refused(program.path, obstacle);
    const head = await program.read(0, Math.max(elfHeaderBytes, shebangBytes));
    if (head.length === 0) return refused(program.path, 'may not be read, so that nobody can tell what it is');
    const elf = parseElfHeader(head);
    if (elf) return verdict(program.path, await obstacleIn(program, elf, question.library));
    const shebang = parseShebang(head);
    if (!shebang) return hookable;
    name = shebang.viaEnv ?? shebang.interpreter;
  }
  return hookable;
}

function verdict(path: string, obstacle: string | undefined): Hookability {
  return obstacle === undefined ? hookable : refused(path, obstacle);
}

function refused(path: string, obstacle: string): Hookability {
  return { hookable: false, reason: `${path} ${obstacle}` };
}

/** The loader takes no libraries from the user for a program that gains rights as it starts (ld.so(8), "secure-execution mode"). */
function privileged({ mode, uid, gid, hasCapabilities }: ProgramFile, user: ProgramFilesPort['user']): string | undefined {
  if ((mode & 0o4000) !== 0 && uid !== user.uid) return 'is a setuid program';
  if ((mode & 0o2010) === 0o2010 && gid !== user.gid) return 'is a setgid program';
  if (hasCapabilities && user.uid !== 0) return 'has file capabilities';
  return undefined;
}

function toolOf(name: string): string | undefined {
  return beyondTcp.get(name.slice(name.lastIndexOf('/') + 1));
}

async function obstacleIn(program: ProgramFile, elf: ElfHeader, library: ElfKind | undefined): Promise<string | undefined> {
  const parts = parseElfParts(elf, await program.read(elf.tableOffset, elf.entryBytes * elf.entryCount));
  const interpreter = parts.find(({ kind }) => kind === 'interpreter');
  for (const { offset, length } of parts.filter(({ kind }) => kind === 'note'))
    if (hasGoNote(await program.read(offset, length), elf.isLittleEndian)) return 'is a Go program, which calls the kernel itself';
  if (!interpreter) return 'is statically linked';
  if (library && (elf.bits !== library.bits || elf.machine !== library.machine))
    return 'is built for another kind of processor than torsocks';
  const loader = decodeUtf8(await program.read(interpreter.offset, interpreter.length)) ?? '';
  return loader.includes('ld-musl') ? "is built for musl, and torsocks for this machine's C library" : undefined;
}
