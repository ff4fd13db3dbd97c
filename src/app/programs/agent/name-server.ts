import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { addressQuery } from '../../../domain/dns/address-query.ts';
import { answerAsPod, type PodView } from '../../../domain/dns/answer-as-pod.ts';
import { emptyAnswer, parseDnsQuestion, rcodes } from '../../../domain/dns/dns-message.ts';
import { parseHosts, type HostsFile } from '../../../domain/dns/hosts-file.ts';
import { parseResolvConf, type ResolvConf } from '../../../domain/dns/resolv-conf.ts';
import { SuffixLearner } from '../../../domain/dns/suffix-learner.ts';
import { ip } from '../../../domain/netstack/address/ip-address.ts';
import { deferred } from '../../../domain/promises.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, planResolver, type ResolverPlan } from './dns-forwarder.ts';
import { readAgain } from './read-again.ts';

/** A probe's name, whole, and of nobody. */
const probeDomain = 'inpod-loop.internal';

/** Of somebody else's server; of the probe of a loop, which comes back at once where there is one. */
const elsewherePlan = { timeoutMs: 2500, attempts: 2 } as const;
const officePlan = { timeoutMs: 4000, attempts: 1 } as const;
const probePlan = { timeoutMs: 2500, attempts: 1 } as const;

/** DNS by UDP on the pod's loopback, from the moment it is asked for, for resolvers that don't know that they ask in a pod. */
export class NameServer {
  readonly #settings: Pick<AgentSettings, 'resolvConfFile' | 'hostsFile' | 'dnsPort'>;
  readonly #resolver: () => Promise<{ readonly conf: ResolvConf; readonly plan: ResolverPlan }>;
  readonly #hosts: () => Promise<HostsFile>;
  readonly #learner = new SuffixLearner();
  readonly #ended = new AbortController();
  readonly #proof = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  #socket: Promise<Socket> | undefined;
  /** Names of probes under way, and what to call when one comes back. */
  readonly #probes = new Map<string, () => void>();
  /** Reverse names under way, where questions come back: a second one is an echo. */
  readonly #reverse = new Set<string>();
  #external: string | undefined;
  #officePort: number | undefined;

  constructor(settings: Pick<AgentSettings, 'resolvConfFile' | 'hostsFile' | 'dnsPort'>) {
    this.#settings = settings;
    this.#resolver = readAgain(settings.resolvConfFile, (text) => ({ conf: parseResolvConf(text), plan: planResolver(text) }));
    this.#hosts = readAgain(settings.hostsFile, parseHosts);
  }

  /** @returns its port, and the address that it gives to who greets it @throws (rejects) the kernel's error */
  async open(): Promise<{ readonly port: number; readonly proof: string }> {
    this.#socket ??= this.#listen();
    return { port: (await this.#socket).address().port, proof: this.#proof };
  }

  /**
   * Looks whether names that the cluster doesn't know come back to this server; if so, `external` is asked for them from now on, else nobody, whatever a
   * session before had found.
   * @param isAssumed - it needn't be looked
   * @returns whether they come back @throws (rejects) the kernel's error
   */
  async breakLoop(external: string, isAssumed: boolean): Promise<boolean> {
    await this.open();
    const isLoop = isAssumed || (await this.#comesBack());
    this.#external = isLoop ? external : undefined;
    return isLoop;
  }

  /** From now on names that the cluster doesn't know are asked of this port of the pod's 127.0.0.1, by TCP. */
  askOffice(port: number): void {
    this.#officePort = port;
  }

  close(): void {
    this.#ended.abort();
    // One that could not listen has told so.
    this.#socket?.then((socket) => socket.close(), () => undefined); // prettier-ignore
  }

  #listen(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.on('message', (query, { port, address }) => {
        // Who asked asks again where an answer is lost.
        void this.#answer(query).then((message) => socket.send(message, port, address, () => undefined));
      });
      socket.bind(0, '127.0.0.1', () => resolve(socket.off('error', reject).on('error', () => undefined)));
    });
  }

  async #comesBack(): Promise<boolean> {
    const name = `${randomInt(2 ** 40)}.${probeDomain}`;
    const { plan } = await this.#resolver();
    const back = deferred<boolean>();
    this.#probes.set(name, () => back.resolve(true));
    const message = addressQuery(name, 4, randomInt(65_536));
    const answered = this.#forward({ ...plan, ...probePlan }, message).then(() => false, () => false); // prettier-ignore
    const comes = await Promise.race([back.promise, answered]);
    this.#probes.delete(name);
    return comes;
  }

  async #answer(query: Uint8Array): Promise<Uint8Array> {
    const name = parseDnsQuestion(query)?.name ?? '';
    const isEcho = this.#probes.has(name) || this.#reverse.has(name);
    this.#probes.get(name)?.();
    if (isEcho) return emptyAnswer(query, rcodes.nameError);
    const external = this.#external;
    const isWatched = external !== undefined && name.endsWith('.arpa');
    if (isWatched) this.#reverse.add(name);
    const [{ conf, plan }, hosts] = await Promise.all([this.#resolver(), this.#hosts()]);
    const view: PodView = {
      learner: this.#learner,
      proof: ip(this.#proof),
      hosts,
      conf,
      ask: (message) => this.#forward(plan, message),
      askElsewhere: external === undefined ? undefined : (message) => this.#forward({ ...elsewherePlan, servers: [external] }, message),
      askOffice: this.#officeAsker(),
    };
    const answer = await answerAsPod(query, view);
    if (isWatched) this.#reverse.delete(name);
    return answer;
  }

  #officeAsker(): PodView['askOffice'] {
    const port = this.#officePort;
    const plan = { ...officePlan, servers: ['127.0.0.1'] };
    return port === undefined
      ? undefined
      : (message) => forwardQuery(plan, { message, transport: 'tcp', port, signal: this.#ended.signal });
  }

  #forward(plan: ResolverPlan, message: Uint8Array): Promise<Uint8Array> {
    return forwardQuery(plan, { message, transport: 'udp', port: this.#settings.dnsPort, signal: this.#ended.signal });
  }
}
