import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { decode } from 'dns-packet';
import { inject } from 'vitest';
import { ClusterAdmin } from './cluster-admin.ts';
import { kubeProgram } from './e2e-environment.ts';
import { eventually } from './eventually.ts';
import type { OwnMachine } from './own-machine.ts';

const asker = fileURLToPath(new URL('dns-asker.mjs', import.meta.url));

/** The laptop's end, where the cluster's resolver asks what it doesn't know. */
const laptop = '198.18.0.1';

/** A cluster whose resolver asks that of `machine` what it doesn't know, as one that runs on a laptop does. */
export class AskingCluster {
  /** Names that it asked so far. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, RemoteInfo>();

  private constructor(socket: Socket, child: ChildProcess) {
    this.#socket = socket;
    this.#child = child;
    socket.on('message', (query: Buffer, from) => {
      this.asked.push(decode(query).questions?.[0]?.name ?? '');
      this.#waiting.set(query.readUInt16BE(0), from);
      child.stdin?.write(`${query.toString('hex')}\n`);
    });
  }

  /** @param nameServer - of the machine */
  static async open(machine: OwnMachine, nameServer: string): Promise<AskingCluster> {
    const [program, ...args] = [...machine.prefix, process.execPath, asker, nameServer] as const;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    const socket = createSocket('udp4');
    socket.bind(53, laptop);
    await once(socket, 'listening');
    const cluster = new AskingCluster(socket, child);
    lines.on('line', (line) => cluster.#answer(Buffer.from(line, 'hex')));
    await setUpstream(laptop);
    return cluster;
  }

  async close(): Promise<void> {
    await setUpstream();
    this.#socket.close();
    this.#child.kill();
    await once(this.#child, 'close');
  }

  #answer(message: Buffer): void {
    const from = this.#waiting.get(message.readUInt16BE(0));
    if (from) this.#socket.send(message, from.port, from.address);
  }
}

/** The cluster's name server is started again for it. */
async function setUpstream(...address: readonly string[]): Promise<void> {
  execFileSync(kubeProgram ?? '', ['dns-upstream', ...address]);
  const ask = "require('node:dns').lookup('web', (error) => { if (!error) console.log('known'); });";
  await eventually("the cluster's names", () => new ClusterAdmin(inject('bed').kubeconfigs.admin).runNode('default', 'web', ask));
}
