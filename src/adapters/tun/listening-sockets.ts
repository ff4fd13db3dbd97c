import { readFile } from 'node:fs/promises';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import { parseListeningTable } from '../../domain/session/listening-table.ts';

/** A look at the whole tables this long ago still counts while the number of sockets is the same: one may have opened as another closed. */
const tablesLastMs = 2000;

/** What of the machine is looked at. */
export interface SocketTables {
  /** A file of /proc/PID/net; empty where the process is gone. */
  readonly read: (name: 'tcp' | 'tcp6' | 'sockstat' | 'sockstat6') => Promise<string>;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
}

/**
 * What listens in one network (Linux, proc_net_tcp.txt). The tables tell, but for them the kernel walks a hash as large as the machine's memory allows
 * (9 ms on one with 24 GiB); its count of sockets costs a sixtieth, and says whether a look is worth it.
 */
export class ListeningSockets {
  readonly #tables: SocketTables;
  #counted = '';
  #lookedAtMs = -Infinity;
  #known: readonly Endpoint[] = [];

  constructor(tables: SocketTables) {
    this.#tables = tables;
  }

  async list(): Promise<readonly Endpoint[]> {
    const { read, nowMs } = this.#tables;
    const counted = inUse(await read('sockstat')) + inUse(await read('sockstat6'));
    const at = nowMs();
    if (counted === this.#counted && at - this.#lookedAtMs < tablesLastMs) return this.#known;
    const tables = [await read('tcp'), await read('tcp6')];
    this.#known = tables.flatMap(parseListeningTable);
    this.#counted = counted;
    this.#lookedAtMs = at;
    return this.#known;
  }
}

/** The tables of the network of process `pid`. */
export function socketTablesOf(pid: number): SocketTables {
  return {
    read: (name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => ''),
    nowMs: () => performance.now(),
  };
}

/** Of `TCP: inuse 3 orphan 0 tw 2 ...`, or `TCP6: inuse 1`, what is in use. */
function inUse(sockstat: string): string {
  return /^TCP6?: inuse \d+/m.exec(sockstat)?.[0] ?? '';
}
