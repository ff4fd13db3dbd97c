import { isHelpless } from '../../../domain/dns/helpless-answer.ts';
import { parseResolvConf, type ResolvConf } from '../../../domain/dns/resolv-conf.ts';
import { ResolverError } from '../../../domain/errors.ts';
import { askByTcp, askByUdp, type DnsExchange } from './dns-exchange.ts';

/** Whom to ask, how long and how often, as resolv.conf(5) says. */
export interface ResolverPlan {
  /** In the order to ask; at most three, as the C library takes. */
  readonly servers: readonly string[];
  readonly timeoutMs: number;
  /** Rounds through all servers. */
  readonly attempts: number;
}

/** The C library's limits and defaults: `timeout:5`, at most 30; `attempts:2`, at most 5; without a server the own host. */
export function planResolver(resolvConf: string): ResolverPlan {
  const parsed = parseResolvConf(resolvConf);
  const servers = parsed.nameservers.slice(0, 3);
  return {
    servers: servers.length > 0 ? servers : ['127.0.0.1'],
    timeoutMs: 1000 * numberOption(parsed, 'timeout', 5, 30),
    attempts: numberOption(parsed, 'attempts', 2, 5),
  };
}

function numberOption(conf: ResolvConf, name: string, fallback: number, most: number): number {
  const text = conf.options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
  return /^\d+$/.test(text) ? Math.min(Math.max(Number(text), 1), most) : fallback;
}

/** One question to the pod's resolvers. */
export interface ForwardedQuery {
  readonly message: Uint8Array;
  readonly transport: 'udp' | 'tcp';
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the servers in order, round after round, until one answers. An answer that says the server can't tell (SERVFAIL, REFUSED, not implemented)
 * sends us to the next; if none knows better in that round, it is the answer.
 * @returns the answer, unchanged
 * @throws (rejects) ResolverError `DNS_TIMEOUT` where at least one was silent, else `DNS_FAILED`
 */
export async function forwardQuery(plan: ResolverPlan, query: ForwardedQuery): Promise<Uint8Array> {
  const ask = query.transport === 'tcp' ? askByTcp : askByUdp;
  let failure: ResolverError | undefined;
  for (let round = 0; round < plan.attempts; round++) {
    let helpless: Uint8Array | undefined;
    for (const server of plan.servers) {
      const exchange: DnsExchange = { server, port: query.port, message: query.message, timeoutMs: plan.timeoutMs, signal: query.signal };
      const outcome = await ask(exchange).catch(asResolverError);
      if (outcome instanceof ResolverError) failure = worse(failure, outcome);
      else if (isHelpless(outcome)) helpless ??= outcome;
      else return outcome;
      query.signal.throwIfAborted();
    }
    if (helpless) return helpless;
  }
  throw failure ?? new ResolverError({ code: 'DNS_FAILED', message: 'no name server to ask' });
}

function worse(known: ResolverError | undefined, next: ResolverError): ResolverError {
  return known?.code === 'DNS_TIMEOUT' ? known : next;
}

function asResolverError(error: unknown): ResolverError {
  if (error instanceof ResolverError) return error;
  return new ResolverError({ code: 'DNS_FAILED', message: error instanceof Error ? error.message : String(error), cause: error });
}
