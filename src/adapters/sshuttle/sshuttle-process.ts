import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { TunnelError } from '../../domain/errors.ts';
import { LastWords } from './last-words.ts';

/** What inpod says when it will do the rest itself. */
const orderly = 'end';

/**
 * Runs its arguments until its descriptor 3 ends, which it does with this process, by whatever death: sshuttle itself would notice only at its next
 * connection. Where that wasn't announced, nobody else may be left to take sshuttle's rules back: the last line that it was told does. What a terminal sends to
 * all of us is not for it: it lives as long as the session. Its own output is closed once it has started sshuttle, so that the end of the output is the end of
 * all that sshuttle started.
 */
const holder = `trap '' HUP INT QUIT TSTP
"$@" 3<&- &
pid=$!
(echo "$pid" >&3)
exec >/dev/null 2>&1
rules=
while read -r line <&3; do
  [ "$line" = ${orderly} ] && rules= && break
  rules=$line
done
kill -TERM "$pid"
wait "$pid"
status=$?
eval "$rules"
exit "$status"`;

/** Its firewall's rules take a moment to go. */
const endLimitMs = 15_000;

/** While it has none, nothing need be waited for: sudo, which asks for a password, is root's, and only its terminal ends it. */
const endWithoutRulesLimitMs = 1000;

/** From here on an exit status is a signal's number, as shells have it. */
const signalled = 128;

/** A running sshuttle, with the process that holds the rights to the machine's rules, and ssh. */
export class SshuttleProcess {
  readonly words = new LastWords();
  /** Resolves when all of them have ended; unless they were killed, their rules are gone then. Never rejects. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #sshuttlePid = '';
  #mayHaveRules = false;
  #isGone = false;
  #wasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const outputs = [child.stdout, child.stderr].flatMap((output) => (output ? [output] : []));
    for (const output of outputs) output.setEncoding('utf8').on('data', (text: string) => this.words.add(text));
    this.gone = Promise.all(outputs.map((output) => once(output, 'close'))).then(() => void (this.#isGone = true));
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    this.#pipe.setEncoding('utf8').on('data', (text: string) => (this.#sshuttlePid += text));
    this.#pipe.on('error', () => undefined); // the shell may be gone: its exit says so
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

  /** Of what all of them came from. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the shell is to do about the rules where this process can't. @param script - one line */
  leaveRulesTo(script: string): void {
    this.#mayHaveRules = true;
    this.#pipe.write(`${script}\n`);
  }

  /** Before `leaveRulesTo` it may go on for a while, without rules. @throws TunnelError `TUNNEL_LOST` where it doesn't end, and its rules may be left */
  async end(): Promise<void> {
    this.#wasEnded ||= !this.#isGone;
    this.#pipe.end(`${orderly}\n`);
    if (this.#isShellGone && !this.#isGone) this.#terminate();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>(
      (resolve) => (timer = setTimeout(() => resolve('late'), this.#mayHaveRules ? endLimitMs : endWithoutRulesLimitMs)),
    );
    const outcome = await Promise.race([Promise.all([this.gone, this.#exited]), late]);
    clearTimeout(timer);
    if (outcome === 'late' && this.#mayHaveRules) throw stillThere(this.words);
  }

  /**
   * Once it has ended: whether its process with the rights, which takes the rules back, may have been killed. It wasn't where sshuttle ended by itself and has
   * nothing to say of it, nor, most likely, where we ended both.
   */
  get mayHaveLeftRules(): boolean {
    if (this.#wasEnded) return false;
    const { exitCode } = this.#child;
    return exitCode === null || exitCode >= signalled || /\bcleanup:/.test(String(this.words));
  }

  get #pipe(): Duplex {
    return this.#child.stdio[3] as Duplex;
  }

  get #isShellGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The shell would have done so. */
  #terminate(): void {
    try {
      if (/^\d+\n$/.test(this.#sshuttlePid)) process.kill(Number(this.#sshuttlePid), 'SIGTERM');
    } catch {
      // It has ended; its process with the rights is about to.
    }
  }
}

function stillThere(words: LastWords): TunnelError {
  return new TunnelError({
    code: 'TUNNEL_LOST',
    message: `sshuttle doesn't end, and its rules may be left on this machine: ${words}`,
    hint: 'look for it: pgrep -af sshuttle; its rules: sudo nft list ruleset',
  });
}
