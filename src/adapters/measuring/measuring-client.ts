import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ClientAnswer, ClientOrder } from '../../domain/benchmark/bench-protocol.ts';
import { TunnelError } from '../../domain/errors.ts';
import { deferred } from '../../domain/promises.ts';

/** The measuring program, by whatever process its stdin and stdout come through. */
export class MeasuringClient {
  readonly #process: ChildProcess;
  readonly #answers: ClientAnswer[] = [];
  #awaited = deferred<void>();
  #ended = false;

  /** @param process - with pipes as stdin and stdout */
  constructor(process: ChildProcess) {
    this.#process = process;
    process.stdin?.on('error', () => undefined); // it ended before it read: what it said tells why
    if (!process.stdout) return;
    const lines = createInterface({ input: process.stdout });
    lines.on('line', (line) => {
      this.#answers.push(JSON.parse(line) as ClientAnswer);
      this.#awaited.resolve();
    });
    lines.on('close', () => {
      this.#ended = true;
      this.#awaited.resolve();
    });
  }

  /** Resolves when it runs. @throws TunnelError `TUNNEL_LOST` where it ended before */
  async ready(): Promise<void> {
    await this.#next();
  }

  /** One measurement. @throws TunnelError `TUNNEL_LOST` with what failed */
  async ask(order: ClientOrder): Promise<ClientAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
    const answer = await this.#next();
    if (answer.kind === 'failed') throw new TunnelError({ code: 'TUNNEL_LOST', message: answer.message });
    return answer;
  }

  /** Lets it end. */
  end(): void {
    this.#process.stdin?.end();
  }

  async #next(): Promise<ClientAnswer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer) return answer;
      if (this.#ended) throw new TunnelError({ code: 'TUNNEL_LOST', message: 'the measuring program ended early' });
      await this.#awaited.promise;
      this.#awaited = deferred<void>();
    }
  }
}
