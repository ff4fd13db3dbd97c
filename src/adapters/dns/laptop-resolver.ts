import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { aliasedAnswer } from '../../domain/dns/aliased-answer.ts';
import { parseDnsQuestion, rcodes, responseCode } from '../../domain/dns/dns-message.ts';
import { isHelpless } from '../../domain/dns/helpless-answer.ts';
import { extendedQuery } from '../../domain/dns/extended-query.ts';
import { parseResolvConf, type ResolvConf } from '../../domain/dns/resolv-conf.ts';
import { searchCandidates } from '../../domain/dns/search-candidates.ts';
import { udpRoom } from '../../domain/dns/udp-room.ts';
import { ResolverError } from '../../domain/errors.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';

/** Where a name server listens, and how long one try waits. */
interface Server {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How the laptop's resolver is found. */
export interface LaptopResolverOptions {
  /** Read at each question, since VPNs and networks change it. */
  readonly resolvConf: string;
  /** 53, unless a test says otherwise. */
  readonly port: number;
  readonly timeoutMs: number;
}

/**
 * Asks the laptop's name servers, in their order, as its own programs would, until one can tell: messages pass through unchanged. Addresses of a short name are looked for in
 * the laptop's search domains first; what is found there is answered as an alias.
 */
export class LaptopResolver implements ResolverPort {
  readonly #options: LaptopResolverOptions;

  constructor(options: LaptopResolverOptions) {
    this.#options = options;
  }

  async query(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array> {
    const conf = parseResolvConf(await readFile(this.#options.resolvConf, 'utf8').catch(() => ''));
    signal.throwIfAborted();
    const ask = (query: Uint8Array): Promise<Uint8Array> => this.#ask(conf.nameservers, query, { transport, signal });
    for (const domain of searchDomains(message, conf)) {
      const query = extendedQuery(message, domain);
      const answer = query && (await ask(query));
      if (answer === undefined || responseCode(answer) !== rcodes.noError) continue;
      const alias = aliasedAnswer(message, answer, transport === 'udp' ? udpRoom(message) : longestMessage);
      if (alias) return alias;
    }
    return ask(message);
  }

  async #ask(
    nameservers: readonly string[],
    message: Uint8Array,
    { transport, signal }: { readonly transport: 'udp' | 'tcp'; readonly signal: AbortSignal },
  ): Promise<Uint8Array> {
    const { resolvConf, port, timeoutMs } = this.#options;
    const failures: unknown[] = [];
    let helpless: Uint8Array | undefined;
    for (const address of nameservers) {
      const server = { address, port, timeoutMs, signal };
      try {
        const answer = transport === 'udp' ? await askByUdp(message, server) : await askByTcp(message, server);
        if (!isHelpless(answer)) return answer;
        helpless ??= answer;
      } catch (error) {
        signal.throwIfAborted(); // the caller gave up: the next server isn't asked
        failures.push(error);
      }
    }
    if (helpless) return helpless;
    throw new ResolverError({
      code: 'DNS_TIMEOUT',
      message: nameservers.length === 0 ? `${resolvConf} names no server` : `none of ${nameservers.join(', ')} answered`,
      cause: failures[0],
    });
  }
}

/** Types whose names programs complete: A, AAAA. Who asks for others means the name as it is. */
const addressTypes: ReadonlySet<number> = new Set([1, 28]);
const longestMessage = 65_535;

/** The domains that the name is looked for in before it is taken as it is. */
function searchDomains(message: Uint8Array, conf: ResolvConf): readonly string[] {
  const question = parseDnsQuestion(message);
  if (!question || question.name === '' || !addressTypes.has(question.type)) return [];
  const { name } = question;
  const candidates = searchCandidates(name, conf);
  return candidates.slice(0, candidates.indexOf(name)).map((candidate) => candidate.slice(name.length + 1));
}

/** One question from a port of its own; an answer counts only from the server asked, with the question's id and name. */
function askByUdp(message: Uint8Array, { address, port, timeoutMs, signal }: Server): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.close();
      settle();
    };
    const fail = (error: unknown): void => finish(() => reject(error));
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => fail(timedOut(address)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail);
    socket.on('message', (answer) => {
      if (answers(answer, message)) finish(() => resolve(answer));
    });
    // Not as connect's callback, which would get a failure (no route) as its argument; so it comes as `error`.
    socket.once('connect', () => socket.send(message));
    socket.connect(port, address);
  });
}

/** RFC 7766 §8: two bytes of length before the message. */
function askByTcp(message: Uint8Array, { address, port, timeoutMs, signal }: Server): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, signal });
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(error);
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => fail(timedOut(address)));
    socket.on('error', fail);
    socket.on('end', () => fail(timedOut(address)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return;
      resolve(received.subarray(2, 2 + received.readUInt16BE()));
      socket.destroy();
    });
    socket.on('connect', () => socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message])));
  });
}

function answers(answer: Uint8Array, query: Uint8Array): boolean {
  if (answer[0] !== query[0] || answer[1] !== query[1]) return false;
  const asked = parseDnsQuestion(query);
  const got = parseDnsQuestion(answer);
  return got === undefined || (asked?.name === got.name && asked.type === got.type);
}

function timedOut(address: string): ResolverError {
  return new ResolverError({ code: 'DNS_TIMEOUT', message: `${address} didn't answer in time` });
}
