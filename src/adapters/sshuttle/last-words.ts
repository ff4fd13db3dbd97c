/** So much of what a program says is kept: the end. */
const maxLines = 6;
const maxLineLength = 300;

/** What a program said last, for a message: its lines without their prefixes, each once. */
export class LastWords {
  #lines: readonly string[] = [];
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(0, maxLineLength);
    this.#lines = [...this.#lines, ...lines.map(plain)].filter((line) => line !== '').slice(-maxLines);
  }

  /** One line; empty where nothing was said. */
  toString(): string {
    const all = [...this.#lines, plain(this.#rest)].filter((line) => line !== '');
    return [...new Set(all)].join('; ');
  }
}

/** `c : `, `fw: ` and ` s: ` say which of sshuttle's processes speaks. */
function plain(line: string): string {
  return line
    .replace(/^\s*(c|fw|s)\s?: ?/, '')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, maxLineLength);
}
