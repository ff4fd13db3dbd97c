import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { TunnelError } from '../../domain/errors.ts';
import { LastWords } from './last-words.ts';

/**
 * Runs its arguments until its descriptor 3 ends, which it does with this process, by whatever death: sshuttle itself would notice only at its next
 * connection. What a terminal sends to all of us is not for it: it lives as long as the session. Its own output is closed once it has started sshuttle,
 * so that the end of the output is the end of all that sshuttle started.
 */
const holder = `trap '' HUP INT QUIT TSTP
"$@" 3<&- &
pid=$!
exec >/dev/null 2>&1
read -r _ <&3
kill -TERM "$pid"
wait "$pid"`;

/** Its firewall's rules take a moment to go. */
const endLimitMs = 15_000;

/** A running sshuttle, with the process that holds the rights to the machine's rules, and ssh. */
export class SshuttleProcess {
  readonly words = new LastWords();
  /** Resolves when all of them have ended, and their rules are gone. Never rejects. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const outputs = [child.stdout, child.stderr].flatMap((output) => (output ? [output] : []));
    for (const output of outputs) output.setEncoding('utf8').on('data', (text: string) => this.words.add(text));
    this.gone = Promise.all(outputs.map((output) => once(output, 'close'))).then(() => undefined);
  }

  /** @param argv - program and arguments */
  static async start(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<SshuttleProcess> {
    const child = spawn('/bin/sh', ['-c', holder, 'sh', ...argv], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      cwd: '/',
    });
    const started = new SshuttleProcess(child);
    await once(child, 'spawn');
    return started;
  }

  /** @throws TunnelError `TUNNEL_LOST` where it doesn't end, and its rules may be left */
  async end(): Promise<void> {
    (this.#child.stdio[3] as Writable).end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), endLimitMs)));
    const outcome = await Promise.race([this.gone, late]);
    clearTimeout(timer);
    if (outcome === 'late') throw stillThere(this.words);
  }
}

function stillThere(words: LastWords): TunnelError {
  return new TunnelError({
    code: 'TUNNEL_LOST',
    message: `sshuttle doesn't end, and its rules may be left on this machine: ${words}`,
    hint: 'look for it: pgrep -af sshuttle; its rules: sudo nft list ruleset',
  });
}
