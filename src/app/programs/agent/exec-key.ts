import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';

/** The key of who may run commands: none, until a client says one. */
export class ExecKey {
  #key: ParsedKey | undefined;

  get key(): ParsedKey | undefined {
    return this.#key;
  }

  /** @param text - one line of authorized_keys form @throws ssh2's error where it is no key */
  allow(text: string): void {
    const key = ssh2.utils.parseKey(text);
    if (key instanceof Error) throw key;
    this.#key = key;
  }
}
