import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../../src/app/programs/inpod/command-context.ts';
import { programFiles } from '../../src/app/wiring/program-files.ts';

/** A command's surroundings on this very machine: an empty home, no cluster, nothing built. */
export class CommandBed {
  readonly home = mkdtempSync(join(tmpdir(), 'inpod-command-'));
  /** What was printed so far. */
  out = '';
  readonly context: CommandContext = {
    version: '1.2.3',
    print: (text) => (this.out += text),
    printWords: (text) => (this.out += text),
    printError: () => undefined,
    stderrIsTerminal: false,
    home: this.home,
    environment: {},
    inherited: [],
    files: programFiles(join(this.home, 'dist')),
  };

  /** @returns its path */
  writeConfig(text: string): string {
    const path = join(this.home, 'inpod.yaml');
    writeFileSync(path, text);
    return path;
  }

  close(): void {
    rmSync(this.home, { recursive: true });
  }
}
