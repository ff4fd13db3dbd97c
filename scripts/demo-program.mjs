import { spawn } from 'node:child_process';

/** inpod, started by the demo with `-o json`: what it says on stderr, and what its command prints. */
export class DemoProgram {
  #process;
  #done;
  #stdout = '';
  #stderr = '';
  #heard = () => {};
  #hasEnded = false;

  constructor(program, args, { cwd, env }) {
    // In a group of its own: Ctrl-C reaches the demo alone, which then ends all in order.
    this.#process = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#process.stdout.setEncoding('utf8').on('data', (text) => this.#hear(() => (this.#stdout += text)));
    this.#process.stderr.setEncoding('utf8').on('data', (text) => this.#hear(() => (this.#stderr += text)));
    this.#done = new Promise((resolve) => {
      this.#process.on('close', (code) =>
        this.#hear(() => {
          this.#hasEnded = true;
          resolve(code);
        }),
      );
    });
  }

  /** An event of that kind. */
  says(kind) {
    return this.#until(() => this.#events().find((event) => event.kind === kind));
  }

  /** A line of JSON that the command printed. */
  async prints() {
    const line = await this.#until(() => /^.*\n/.exec(this.#stdout)?.[0]);
    return JSON.parse(line);
  }

  /** All that the command printed, once it ended well. */
  async ends() {
    const code = await this.#done;
    if (code !== 0) throw new Error(this.#trouble());
    return this.#stdout;
  }

  /** As Ctrl-C would; settles when it has ended. */
  async end() {
    if (!this.#hasEnded) this.#process.kill('SIGINT');
    await this.#done;
  }

  #hear(note) {
    note();
    this.#heard();
  }

  async #until(look) {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(this.#trouble());
      await new Promise((resolve) => (this.#heard = resolve));
    }
  }

  #events() {
    return this.#stderr.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // not whole yet, or no event
      }
    });
  }

  /** Why it ended, in its own words. */
  #trouble() {
    const told = this.#events().filter(({ kind }) => kind === 'error');
    return told.map(({ message, hint }) => `${message}\n${hint ?? ''}`).join('\n') || this.#stderr.trim() || 'it ended early';
  }
}
