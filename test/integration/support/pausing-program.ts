import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { InstalledProgram } from '../../support/playground-program.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles the program as the build does, but for its journal, which is the test's, and puts it beside the installed one. @returns its path */
export async function installPausingProgram({ folder }: Pick<InstalledProgram, 'folder'>): Promise<string> {
  const outfile = join(folder, 'dist/pausing-inpod.js');
  const { version } = JSON.parse(readFileSync(at('../../../package.json'), 'utf8')) as { version: string };
  await build({
    entryPoints: [at('../../../src/app/programs/inpod/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    external: ['ffi-napi', 'cpu-features', '*.node'],
    define: { 'import.meta.url': '__importMetaUrl', INPOD_VERSION: JSON.stringify(version) },
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: 'error',
    plugins: [
      {
        name: 'pausing-journal',
        setup: ({ onResolve }) => {
          onResolve({ filter: /\/file-journal\.ts$/ }, ({ importer }) =>
            importer.endsWith('host-module.ts') ? { path: at('pausing-journal.ts') } : undefined,
          );
        },
      },
    ],
  });
  return outfile;
}
