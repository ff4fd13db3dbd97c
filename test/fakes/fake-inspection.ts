import { HostError } from '../../src/domain/errors.ts';
import type { HostInspectionPort } from '../../src/domain/ports/host-inspection-port.ts';

/** A machine as a test says. */
export class FakeInspection implements HostInspectionPort {
  nodeVersion = '20.20.2';
  readonly missing = new Set<string>();
  writable = true;

  async missingFiles(paths: readonly string[]): Promise<readonly string[]> {
    return paths.filter((path) => this.missing.has(path));
  }

  async requireWritable(folder: string): Promise<void> {
    if (!this.writable) throw new HostError({ code: 'STATE_UNWRITABLE', message: `can't write below ${folder}`, hint: 'make it writable' });
  }
}
