import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const shows = [
  'nft list ruleset',
  'iptables-save',
  'ip route show table all',
  'ip rule',
  'ip -brief address',
  'cat /etc/resolv.conf /etc/hosts',
];

/** A machine, as far as networks go, that a test may change as a whole: nothing but the API server is reached from it. Needs root. */
export class OwnMachine {
  /** Words before a command, for it to run there. */
  readonly prefix: readonly string[];
  readonly #holder: ChildProcess;
  readonly #relay: Server;
  readonly #others: ChildProcess[] = [];
  readonly #connections: ReadonlySet<Socket>;

  private constructor(holder: ChildProcess, relay: Server, connections: ReadonlySet<Socket>) {
    this.#holder = holder;
    this.#relay = relay;
    this.#connections = connections;
    this.prefix = ['nsenter', '--target', String(holder.pid), '--net', '--mount', '--'];
  }

  static async open(): Promise<OwnMachine> {
    const { folder: bedFolder, kubeconfigs } = inject('bed');
    const folder = mkdtempSync(join(bedFolder, 'machine-'));
    const [, host = '', port = ''] = /server: "?https:\/\/([\d.]+):(\d+)/.exec(readFileSync(kubeconfigs.developer, 'utf8')) ?? [];
    const socket = join(folder, 'api.sock');
    const connections = new Set<Socket>();
    const relay = createServer((near) => {
      connections.add(near);
      const far = connect(Number(port), host);
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy()).on('close', () => connections.delete(near) && far.destroy());
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
    }).listen(socket);
    const words = [file('../../support/own-machine.sh'), folder, process.execPath, file('own-machine-relay.mjs'), socket, host, port];
    const [program = '', ...args] = words;
    const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ready = once(holder.stdout ?? holder, 'data');
    await Promise.race([ready, once(holder, 'close').then(() => Promise.reject(new Error('no machine of its own')))]);
    return new OwnMachine(holder, relay, connections);
  }

  /** All that a session must leave as it was there. */
  async snapshot(): Promise<string> {
    const shown = shows.map(async (command) => `${command}\n${await this.run(...command.split(' '))}`);
    return (await Promise.all(shown)).join('\n');
  }

  /** @returns what the command prints there */
  async run(...command: readonly string[]): Promise<string> {
    const [program = '', ...args] = [...this.prefix, ...command];
    return (await promisify(execFile)(program, args)).stdout;
  }

  /** From now on the machine's name server is there, by TCP, and knows these names. */
  async startOffice(zone: Readonly<Record<string, string>>): Promise<void> {
    const [entering = '', ...entered] = this.prefix;
    const server = [process.execPath, file('office-tcp-resolver.mjs'), '10.99.0.53', ...Object.entries(zone).flat()];
    const office = spawn(entering, [...entered, ...server], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#others.push(office);
    await once(office.stdout, 'data');
  }

  /** Breaks all connections to the API server, once. */
  cutConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  async close(): Promise<void> {
    this.cutConnections();
    this.#relay.close();
    for (const child of [...this.#others, this.#holder]) {
      child.kill();
      await once(child, 'close');
    }
  }
}
