import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bed, ClusterUser } from './bed.ts';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

/** Copies what the program needs at run time: an ordinary user may not be able to read the checkout. @returns `folder` */
export async function installProgram(folder: string): Promise<string> {
  await cp(join(projectRoot, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(projectRoot, 'native/build'), join(folder, 'native/build'), { recursive: true });
  for (const path of await runtimePackages('ffi-napi')) {
    // Sources and object files of the compiled parts aren't needed, and are most of it.
    const filter = (source: string): boolean => !/\/(deps|obj\.target|\.deps)$|\.a$/.test(`/${relative(path, source)}`);
    await cp(path, join(folder, relative(projectRoot, path)), { recursive: true, filter });
  }
  await cp(join(projectRoot, 'package.json'), join(folder, 'package.json'));
  return folder;
}

/** Folders of `name` and of all that it depends on. */
async function runtimePackages(name: string, from = projectRoot, found = new Set<string>()): Promise<ReadonlySet<string>> {
  const folder = packageFolder(name, from);
  if (found.has(folder)) return found;
  found.add(folder);
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) await runtimePackages(dependency, folder, found);
  return found;
}

function packageFolder(name: string, from: string): string {
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  const manifest = paths.map((path) => join(path, name, 'package.json')).find((path) => existsSync(path));
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  return dirname(manifest);
}

/** Copies the client programs and compiles the static one. @returns `folder` */
export async function installClients(folder: string): Promise<string> {
  const sources = fileURLToPath(new URL('clients', import.meta.url));
  await cp(sources, folder, { recursive: true });
  const env = { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off', GOFLAGS: '-buildvcs=false' };
  await run('go', ['build', '-o', join(folder, 'static-go-client'), join(folder, 'client.go')], { env });
  return folder;
}

/** Copies the kubeconfigs that lie beside the admin's, readable by everybody: the test cluster's tokens are no secrets. */
export async function copyKubeconfigs(adminKubeconfig: string, folder: string): Promise<Bed['kubeconfigs']> {
  await mkdir(folder);
  const copied = async (user: ClusterUser): Promise<string> => {
    const path = user === 'admin' ? adminKubeconfig : join(dirname(adminKubeconfig), `${user}.kubeconfig`);
    const copy = join(folder, basename(path));
    await writeFile(copy, await readFile(path), { mode: 0o644 });
    return copy;
  };
  const [admin, developer, teammate, viewer] = await Promise.all([
    copied('admin'),
    copied('developer'),
    copied('teammate'),
    copied('viewer'),
  ]);
  return { admin, developer, teammate, viewer };
}
