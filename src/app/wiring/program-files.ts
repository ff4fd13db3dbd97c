import { join } from 'node:path';

/** Files of the built program, absolute. */
export interface ProgramFiles {
  readonly agent: string;
  readonly guardian: string;
  readonly watchdog: string;
  /** The program itself. */
  readonly inpod: string;
  /** Far end of benchmarks, to be put behind the agent; and what measures. */
  readonly benchServer: string;
  readonly benchClient: string;
  /** The sample shop of the playground. */
  readonly shop: string;
  readonly launcher: string;
  readonly nativeLibrary: string;
}

/** @param distribution - folder of the bundled programs; the compiled parts are beside it */
export function programFiles(distribution: string): ProgramFiles {
  return {
    agent: join(distribution, 'agent.cjs'),
    guardian: join(distribution, 'guardian.cjs'),
    watchdog: join(distribution, 'watchdog.js'),
    inpod: join(distribution, 'inpod.js'),
    benchServer: join(distribution, 'bench-server.js'),
    benchClient: join(distribution, 'bench-client.cjs'),
    shop: join(distribution, 'shop.cjs'),
    launcher: join(distribution, '..', 'native', 'build', 'inpod-launcher'),
    nativeLibrary: join(distribution, '..', 'native', 'build', 'libinpodtun.so'),
  };
}
