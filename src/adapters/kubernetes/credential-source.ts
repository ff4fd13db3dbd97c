import { readFile } from 'node:fs/promises';
import { ClusterError } from '../../domain/errors.ts';

/** What proves the user to the API beside what is fixed in the kubeconfig. Secrets, all of it. */
export interface Credential {
  readonly token?: string | undefined;
  /** PEM. */
  readonly certificate?: string | undefined;
  /** PEM. */
  readonly key?: string | undefined;
}

/** Where credentials that may change come from. */
export interface CredentialSource {
  /** The same object as long as it didn't change. @throws ClusterError `UNAUTHORIZED`, `KUBECONFIG_INVALID` */
  current(signal: AbortSignal): Promise<Credential>;
  /** Tells that the API answered 401. @returns whether asking again may give another credential */
  refused(): boolean;
}

/** Nothing beside the kubeconfig's own certificate, token or provider. */
export class FixedCredential implements CredentialSource {
  readonly #credential: Credential = {};

  current(): Promise<Credential> {
    return Promise.resolve(this.#credential);
  }

  refused(): boolean {
    return false;
  }
}

/** How long a token file's content is taken as current; the kubelet renews a pod's token long before it ends. */
const tokenFileRereadMs = 10_000;

/** A bearer token in a file that somebody else renews. */
export class TokenFileCredential implements CredentialSource {
  readonly #file: string;
  readonly #nowMs: () => number;
  #credential: Credential | undefined;
  #readAtMs = 0;

  constructor(file: string, nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
  }

  async current(): Promise<Credential> {
    if (this.#credential !== undefined && this.#nowMs() - this.#readAtMs < tokenFileRereadMs) return this.#credential;
    const token = (await this.#read()).trim();
    this.#readAtMs = this.#nowMs();
    if (this.#credential?.token !== token) this.#credential = { token };
    return this.#credential;
  }

  refused(): boolean {
    this.#readAtMs = -Infinity;
    return true;
  }

  async #read(): Promise<string> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (cause) {
      throw new ClusterError({
        code: 'KUBECONFIG_INVALID',
        message: `the kubeconfig's token file ${this.#file} can't be read`,
        hint: 'check tokenFile of the user in the kubeconfig',
        details: { file: this.#file },
        cause,
      });
    }
  }
}
