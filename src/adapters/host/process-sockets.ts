import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import { parseListeningTable, type ListeningSocket } from '../../domain/session/listening-table.ts';

/** A look at the machine this long ago still counts: each walks through /proc. */
const looksLastMs = 500;

/** On what a process, and what came of it, listens (Linux, by /proc). */
export class ProcessSockets {
  readonly #known = new Map<number, { readonly atMs: number; readonly endpoints: Promise<readonly Endpoint[]> }>();

  /** @param pid - of this network; none of its descendants has left it */
  listeningOf(pid: number): Promise<readonly Endpoint[]> {
    const nowMs = performance.now();
    const known = this.#known.get(pid);
    if (known && nowMs - known.atMs < looksLastMs) return known.endpoints;
    const endpoints = look(pid);
    this.#known.set(pid, { atMs: nowMs, endpoints });
    return endpoints;
  }
}

/** TCP sockets that listen in this network, whoever's (Linux, by /proc). */
export async function listeningSockets(): Promise<readonly ListeningSocket[]> {
  const tables = await Promise.all([read('/proc/net/tcp'), read('/proc/net/tcp6')]);
  return tables.flatMap(parseListeningTable);
}

async function look(pid: number): Promise<readonly Endpoint[]> {
  const [tree, listening] = await Promise.all([treeOf(pid), listeningSockets()]);
  const sockets = new Set((await Promise.all(tree.map(socketsOf))).flat());
  return listening.filter(({ inode }) => sockets.has(inode));
}

/** A process and its descendants. */
async function treeOf(root: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const children = new Map<number, number[]>();
  for (const { pid, parent } of await Promise.all(pids.map(parentOf))) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Field 4 of /proc/PID/stat; the command in field 2 may hold spaces and parentheses. -1 for one that ended. */
async function parentOf(pid: number): Promise<{ readonly pid: number; readonly parent: number }> {
  const stat = await read(`/proc/${pid}/stat`);
  const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return { pid, parent: parent === undefined ? -1 : Number(parent) };
}

/** Inodes of the sockets that a process has open; none of one that ended, or is another user's. */
async function socketsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
