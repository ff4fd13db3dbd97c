import { Cidr } from '../netstack/address/cidr.ts';

/** A host whose addresses are reached through the cluster, as a pod finds them, or never, as the laptop does. */
export class ProxyName {
  /** In lower case; with a last dot it isn't looked up in the search path. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Parses labels of letters, digits, "-" and "_", at least one of them with a letter (RFC 1123 §2.1): never what may be meant as an address. */
  static parse(text: string): ProxyName | undefined {
    const isName = text.length < 255 && /^(?=.*[a-z])[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(text);
    return isName ? new ProxyName(text.toLowerCase()) : undefined;
  }

  /** The name as questions have it: without a last dot. */
  get absolute(): string {
    return this.name.replace(/\.$/, '');
  }

  toString(): string {
    return this.name;
  }
}

/** What `--also-proxy` and `--never-proxy` take: an address, a network or a name. */
export type ProxyTarget = Cidr | ProxyName;

export function parseProxyTarget(text: string): ProxyTarget | undefined {
  return Cidr.parse(text) ?? ProxyName.parse(text);
}
