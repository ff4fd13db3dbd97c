import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { TunnelError } from '../../domain/errors.ts';

/** What is to run, and with what. */
export interface GuardedCall {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A private key: the program gets `-i FILE` before its other words, and the file goes with the program. */
  readonly key?: string | undefined;
}

/*
 * A shell is the program's guard: where our end of its stdin closes, by whatever death, it ends the program and all that this started. They are a process
 * group of their own, so that Ctrl-C reaches them through us.
 */
const guard = `{ "$@" </dev/null; kill 0; } & cat >/dev/null; kill 0`;
const guardWithKey = `umask 077; folder=$(mktemp -d) || exit 1; printf '%s\\n' "$INPOD_BENCH_KEY" >"$folder/key"; unset INPOD_BENCH_KEY
program=$1; shift
{ "$program" -i "$folder/key" "$@" </dev/null; rm -rf "$folder"; kill 0; } & cat >/dev/null; rm -rf "$folder"; kill 0`;

/** A program of somebody else's that runs as long as it is needed, and never longer than we do. */
export class GuardedProgram {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  constructor({ argv, environment, key }: GuardedCall) {
    this.#name = argv[0] ?? '';
    const env = key === undefined ? environment : { ...environment, INPOD_BENCH_KEY: key };
    const words = ['-c', key === undefined ? guard : guardWithKey, 'sh', ...argv];
    this.#process = spawn('/bin/sh', words, { stdio: 'pipe', detached: true, env });
    this.#ended = once(this.#process, 'close');
    this.#process.stdin?.on('error', () => undefined); // it ended by itself
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  /** The guard's, whose descendant the program is. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves with what matched of all that it has said. @throws TunnelError `TUNNEL_LOST` with its last line, where it ended before */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    let isOver = false;
    const over = this.#ended.then(() => (isOver = true));
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (isOver) throw new TunnelError({ code: 'TUNNEL_LOST', message: `${this.#name} ended: ${this.#lastLine()}` });
      const more = [this.#process.stdout, this.#process.stderr].flatMap((stream) => (stream ? [once(stream, 'data')] : []));
      await Promise.race([over, ...more]);
    }
  }

  /** Ends it, if it hasn't. Idempotent. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
  }

  #lastLine(): string {
    return this.#output.trim().split('\n').at(-1) ?? '';
  }
}
