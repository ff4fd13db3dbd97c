import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { ipRoutes } from '../../domain/routes/ip-route-tables.ts';
import { ipv4Routes, ipv6Routes, type TableRoute } from '../../domain/routes/proc-route-table.ts';

/** Where `ip` lies, which an ordinary user's PATH may lack. */
const systemFolders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** `ip` answers in milliseconds; one that doesn't isn't waited for. */
const limits = { timeout: 2000, maxBuffer: 1 << 24 };

const families = [
  { flag: '-4', procFile: 'route', parse: ipv4Routes },
  { flag: '-6', procFile: 'ipv6_route', parse: ipv6Routes },
] as const;

type Family = (typeof families)[number];

/**
 * From `ip`, which knows all tables; where there is none that speaks JSON, from /proc, which knows IPv4's main table alone.
 * @param searchPath - of `ip`
 */
export async function readRoutes(searchPath = [process.env['PATH'], ...systemFolders].join(delimiter)): Promise<readonly TableRoute[]> {
  const read = families.map(async (family) => (await fromIp(family, searchPath)) ?? fromProc(family));
  return (await Promise.all(read)).flat();
}

async function fromIp({ flag }: Family, searchPath: string): Promise<readonly TableRoute[] | undefined> {
  const ask = promisify(execFile);
  const asked = [
    ['route', 'show', 'table', 'all'],
    ['rule', 'show'],
  ].map(async (words) => (await ask('ip', ['-json', flag, ...words], { ...limits, env: { PATH: searchPath } })).stdout);
  const answers = await Promise.all(asked).catch(() => undefined);
  return answers && ipRoutes(answers[0] ?? '', answers[1] ?? '');
}

/** No such files where the system is another one, or has no IPv6. */
async function fromProc({ procFile, parse }: Family): Promise<readonly TableRoute[]> {
  return parse(await readFile(`/proc/net/${procFile}`, 'latin1').catch(() => ''));
}
