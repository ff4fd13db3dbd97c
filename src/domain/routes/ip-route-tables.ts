import { Cidr } from '../netstack/address/cidr.ts';
import { isOfOneLink, uniqueRoutes, type TableRoute } from './proc-route-table.ts';

/** One line of `ip -json route show table all`. What isn't there is said by its absence. */
interface IpRoute {
  /** Without it unicast; else `local`, `broadcast`, `unreachable`, `throw` and their like, which lead to no network. */
  readonly type?: string;
  /** `default`, an address, or a network. */
  readonly dst?: string;
  readonly dev?: string;
  /** Without it the main one. */
  readonly table?: string;
  readonly nexthops?: readonly { readonly dev?: string }[];
}

/** One line of `ip -json rule show`. */
interface IpRule {
  readonly table?: string;
  readonly src?: string;
  readonly iif?: string;
  readonly fwmark?: string;
  /** There, and null, where the rule holds for what does *not* match. */
  readonly not?: null;
}

const mainTable = 'main';

/**
 * Destinations from all tables of one address family that traffic of this machine's own programs may be looked up in: WireGuard, Tailscale, IPsec and their like
 * keep theirs in a table of their own, to which a rule leads. Default routes, link-local ones, and those that lead to no network are left out.
 * @param routes - what `ip -json route show table all` prints
 * @param rules - what `ip -json rule show` prints
 * @returns `undefined` where that isn't what was given
 */
export function ipRoutes(routes: string, rules: string): readonly TableRoute[] | undefined {
  const lines = parseList(routes);
  const known = parseList(rules);
  if (!lines || !known) return undefined;
  const tables = new Set(known.filter(isForPrograms).map(({ table }) => table));
  return uniqueRoutes(lines.filter(({ table = mainTable }) => tables.has(table)).flatMap(tableRoutes));
}

/** A mark, a card that it came in by, or a sender of its own are what few programs' traffic has when its way is looked up. */
function isForPrograms(rule: IpRule): boolean {
  return 'not' in rule || (rule.fwmark === undefined && (rule.src ?? 'all') === 'all' && (rule.iif ?? 'lo') === 'lo');
}

function tableRoutes({ type = 'unicast', dst = 'default', dev, table = mainTable, nexthops = [] }: IpRoute): readonly TableRoute[] {
  const network = type === 'unicast' ? Cidr.parse(dst) : undefined;
  if (!network || network.prefixLength === 0 || isOfOneLink(network.address)) return [];
  const interfaces = [...(dev === undefined ? [] : [dev]), ...nexthops.flatMap((hop) => hop.dev ?? [])].filter((name) => name !== 'lo');
  return interfaces.map((interfaceName) => ({
    cidr: network.toString(),
    interfaceName,
    ...(table === mainTable ? {} : { table }),
  }));
}

/** `ip` prints nothing at all, or an empty list, where there is none. */
function parseList(text: string): readonly (IpRoute & IpRule)[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text.trim() === '' ? '[]' : text);
    return Array.isArray(parsed) ? parsed.filter(isLine) : undefined;
  } catch {
    return undefined;
  }
}

function isLine(line: unknown): line is IpRoute & IpRule {
  return typeof line === 'object' && line !== null && (!('dst' in line) || typeof line.dst === 'string');
}
