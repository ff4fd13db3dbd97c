import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { setMaxListeners } from 'node:events';
import { addressQuery } from '../../../domain/dns/address-query.ts';
import { answerAsPod, answerGreeting, type PodView } from '../../../domain/dns/answer-as-pod.ts';
import { emptyAnswer, parseDnsQuestion, rcodes } from '../../../domain/dns/dns-message.ts';
import { parseHosts, type HostsFile } from '../../../domain/dns/hosts-file.ts';
import type { SidedAnswer } from '../../../domain/dns/sided-answer.ts';
import { SuffixLearner } from '../../../domain/dns/suffix-learner.ts';
import { tellName } from '../../../domain/dns/told-name.ts';
import { ip } from '../../../domain/netstack/address/ip-address.ts';
import { deferred } from '../../../domain/promises.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, type ResolverPlan } from './dns-forwarder.ts';
import { countQuestion } from './garbage-limit.ts';
import { followResolver, noneKept, type PodResolver } from './pod-resolver.ts';
import { readAgain } from './read-again.ts';
import type { ToldQueue } from './told-queue.ts';

/** A probe's name, whole, and of nobody. */
const probeDomain = 'inpod-loop.internal';

/** Of somebody else's server; of the probe of a loop, which comes back at once where there is one. */
const elsewherePlan = { timeoutMs: 2500, attempts: 2 } as const;
const officePlan = { timeoutMs: 4000, attempts: 1 } as const;
const probePlan = { timeoutMs: 2500, attempts: 1 } as const;

/** DNS by UDP on the pod's loopback, from the moment it is asked for, for resolvers that don't know that they ask in a pod. */
export class NameServer {
  readonly #settings: Pick<AgentSettings, 'resolvConfFile' | 'hostsFile' | 'dnsPort'>;
  readonly #resolver: () => Promise<PodResolver>;
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
  #laptopNames: ReadonlySet<string> = new Set();
  #kept = noneKept();
  #told: Pick<ToldQueue, 'tell'> | undefined;

  constructor(settings: Pick<AgentSettings, 'resolvConfFile' | 'hostsFile' | 'dnsPort'>) {
    this.#settings = settings;
    setMaxListeners(0, this.#ended.signal); // One for each question under way; Node would warn of a leak.
    this.#resolver = followResolver(settings.resolvConfFile);
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
    this.#kept = noneKept();
    return isLoop;
  }

  /**
   * From now on names that the cluster doesn't know are asked of this port of the pod's 127.0.0.1, by TCP; what a session before was answered is forgotten.
   * @param laptopNames - that alone is asked for these
   */
  askOffice(port: number, laptopNames: readonly string[]): void {
    this.#officePort = port;
    this.#laptopNames = new Set(laptopNames);
    this.#kept = noneKept();
  }

  /** From now on the names that are answered are told there. */
  tellTo(told: Pick<ToldQueue, 'tell'>): void {
    this.#told = told;
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
        void this.#answer(query)
          .catch(() => emptyAnswer(query, rcodes.serverFailure)) // The pod's files can't be read.
          .then((message) => socket.send(message, port, address, () => undefined));
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
    const greeted = answerGreeting(query, { learner: this.#learner, proof: ip(this.#proof) });
    // What was unknown with a suffix may be known without it.
    if (greeted?.isNew) this.#kept = noneKept();
    if (greeted) return greeted.message;
    return (await this.#kept.answer(query, 'udp', (release) => this.#find(name, query, release))).message;
  }

  async #find(name: string, query: Uint8Array, release: () => void): Promise<SidedAnswer> {
    countQuestion();
    const startedAt = performance.now();
    const isWatched = this.#external !== undefined && name.endsWith('.arpa');
    if (isWatched) this.#reverse.add(name);
    try {
      const answered = await answerAsPod(query, await this.#view(release));
      this.#told?.tell(tellName(answered.message, answered.side, performance.now() - startedAt));
      return answered;
    } finally {
      if (isWatched) this.#reverse.delete(name);
    }
  }

  async #view(release: () => void): Promise<PodView> {
    const external = this.#external;
    const [{ conf, plan }, hosts] = await Promise.all([this.#resolver(), this.#hosts()]);
    return {
      learner: this.#learner,
      proof: ip(this.#proof),
      hosts,
      conf,
      ask: (message) => this.#forward(plan, message),
      askElsewhere: external === undefined ? undefined : (message) => this.#forward({ ...elsewherePlan, servers: [external] }, message),
      askOffice: this.#officeAsker(release),
      laptopNames: this.#laptopNames,
    };
  }

  /** @param release - called before it is asked: a forwarder of that machine may ask here in turn, and would wait for itself */
  #officeAsker(release: () => void): PodView['askOffice'] {
    const port = this.#officePort;
    if (port === undefined) return undefined;
    const plan = { ...officePlan, servers: ['127.0.0.1'] };
    return (message) => {
      release();
      return forwardQuery(plan, { message, transport: 'tcp', port, signal: this.#ended.signal });
    };
  }

  #forward(plan: ResolverPlan, message: Uint8Array): Promise<Uint8Array> {
    return forwardQuery(plan, { message, transport: 'udp', port: this.#settings.dnsPort, signal: this.#ended.signal });
  }
}
