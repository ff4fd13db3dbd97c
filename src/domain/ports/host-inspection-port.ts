/** Looks at this machine, and leaves it as it is. */
export interface HostInspectionPort {
  /** As in `20.19.0`. */
  readonly nodeVersion: string;
  /** @returns those of `paths` that can't be read */
  missingFiles(paths: readonly string[]): Promise<readonly string[]>;
  /**
   * Makes a folder in `folder`, or in the nearest above it that exists, and removes it.
   * @throws HostError `STATE_UNWRITABLE`
   */
  requireWritable(folder: string): Promise<void>;
}
