import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { answerAsPod } from '../../../domain/dns/answer-as-pod.ts';
import { parseResolvConf } from '../../../domain/dns/resolv-conf.ts';
import { SuffixLearner } from '../../../domain/dns/suffix-learner.ts';
import { ip } from '../../../domain/netstack/address/ip-address.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, planResolver } from './dns-forwarder.ts';
import { readAgain } from './read-again.ts';

/** DNS by UDP on the pod's loopback, from the moment it is asked for, for resolvers that don't know that they ask in a pod. */
export class NameServer {
  readonly #settings: Pick<AgentSettings, 'resolvConfFile' | 'dnsPort'>;
  readonly #ended = new AbortController();
  readonly #proof = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  #socket: Promise<Socket> | undefined;

  constructor(settings: Pick<AgentSettings, 'resolvConfFile' | 'dnsPort'>) {
    this.#settings = settings;
  }

  /** @returns its port, and the address that it gives to who greets it @throws (rejects) the kernel's error */
  async open(): Promise<{ readonly port: number; readonly proof: string }> {
    this.#socket ??= this.#listen();
    return { port: (await this.#socket).address().port, proof: this.#proof };
  }

  close(): void {
    this.#ended.abort();
    // One that could not listen has told so.
    this.#socket?.then((socket) => socket.close(), () => undefined); // prettier-ignore
  }

  #listen(): Promise<Socket> {
    const answer = this.#answerer();
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.on('message', (query, { port, address }) => {
        // Who asked asks again where an answer is lost.
        void answer(query).then((message) => socket.send(message, port, address, () => undefined));
      });
      socket.bind(0, '127.0.0.1', () => resolve(socket.off('error', reject).on('error', () => undefined)));
    });
  }

  #answerer(): (query: Uint8Array) => Promise<Uint8Array> {
    const { resolvConfFile, dnsPort } = this.#settings;
    const learner = new SuffixLearner();
    const known = readAgain(resolvConfFile, (text) => ({ conf: parseResolvConf(text), plan: planResolver(text) }));
    const signal = this.#ended.signal;
    return async (query) => {
      const { conf, plan } = await known();
      const ask = (message: Uint8Array): Promise<Uint8Array> => forwardQuery(plan, { message, transport: 'udp', port: dnsPort, signal });
      return answerAsPod(query, { learner, proof: ip(this.#proof), conf, ask });
    };
  }
}
