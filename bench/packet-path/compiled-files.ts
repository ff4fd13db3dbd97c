import { fileURLToPath } from 'node:url';

/** Of the bundle in dist/bench/, and of this file as well. */
const root = new URL('../../', import.meta.url);

/** What was compiled from C before a benchmark runs. */
export const compiledFiles = {
  launcher: fileURLToPath(new URL('native/build/inpod-launcher', root)),
  nativeLibrary: fileURLToPath(new URL('native/build/libinpodtun.so', root)),
  /** The kernel's end of a measured path. */
  traffic: fileURLToPath(new URL('dist/bench/traffic', root)),
} as const;
