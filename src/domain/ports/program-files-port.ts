/** An executable file of this machine. */
export interface ProgramFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Permission bits, setuid (0o4000) and setgid (0o2000) among them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whether it gets capabilities as it starts (capabilities(7), "File capabilities"). */
  readonly hasCapabilities: boolean;
  /** At most `length` bytes, fewer at the file's end; none where the file may be executed but not read. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Where a program is looked up. */
export interface ProgramPlace {
  /** Value of PATH; `undefined` where it isn't set. */
  readonly searchPath: string | undefined;
  readonly cwd: string;
}

/** Looks at programs without running them. */
export interface ProgramFilesPort {
  /** Whose processes they would be. */
  readonly user: { readonly uid: number; readonly gid: number };
  /**
   * @param name - looked up in PATH unless it has a slash
   * @returns `undefined` where there is none that this user may execute: whoever runs it says why
   */
  find(name: string, place: ProgramPlace): Promise<ProgramFile | undefined>;
}
