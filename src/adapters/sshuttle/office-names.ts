import { emptyAnswer, parseDnsQuestion, rcodes } from '../../domain/dns/dns-message.ts';
import { answerTo, questionKey } from '../../domain/dns/question-key.ts';
import { later, type Instant } from '../../domain/netstack/instant.ts';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';

/** What names of this machine's own side are answered with. */
export interface OfficeNamesParts {
  /** This machine's name servers, by TCP: sshuttle's rules are about UDP. */
  readonly resolver: ResolverPort;
  /** It asks others by itself, by UDP, and so the pod, which asks here: a question that is under way already is its echo. */
  readonly isForwarder: boolean;
  readonly clock: Pick<ClockPort, 'now'>;
  readonly signal: AbortSignal;
}

const lengthBytes = 2;

/** Servers that left so many questions unanswered, one after the other, aren't asked again for so long: each unknown name would wait for them. */
const mostSilences = 3;
const restMs = 60_000;

/** Answers DNS by TCP (RFC 7766 §8), for names that the cluster doesn't know. */
export class OfficeNames {
  readonly #parts: OfficeNamesParts;
  readonly #underWay = new Map<string, Promise<Uint8Array>>();
  #silences = 0;
  #restsUntil: Instant | undefined;

  constructor(parts: OfficeNamesParts) {
    this.#parts = parts;
  }

  /** One question a connection, as the agent asks. @param channel - received in this turn */
  serve(channel: ByteChannel): void {
    let received = new Uint8Array(0);
    channel.attach({
      data: (chunk) => {
        received = Uint8Array.from([...received, ...chunk]);
        const end = lengthBytes + (((received[0] ?? 0) << 8) | (received[1] ?? 0));
        if (received.length < lengthBytes || received.length < end) return;
        const query = received.slice(lengthBytes, end);
        received = received.slice(end);
        void this.#answer(query).then((answer) => {
          channel.write(Uint8Array.from([answer.length >> 8, answer.length & 0xff, ...answer]));
        });
      },
      ended: () => channel.end(),
      drained: () => undefined,
      closed: () => undefined,
    });
  }

  async #answer(query: Uint8Array): Promise<Uint8Array> {
    const { isForwarder, clock } = this.#parts;
    if (this.#restsUntil !== undefined && clock.now() < this.#restsUntil) return emptyAnswer(query, rcodes.serverFailure);
    const question = parseDnsQuestion(query);
    // A forwarder asks in words of its own.
    const key = isForwarder ? `${question?.name} ${question?.type}` : questionKey(query, 'tcp');
    const known = key === undefined ? undefined : this.#underWay.get(key);
    // That nobody can tell holds for this moment alone; where the cluster says that there is no such name, that stays.
    if (known && isForwarder) return emptyAnswer(query, rcodes.refused);
    const asked = known ?? this.#ask(query);
    if (key === undefined || known) return answerTo(query, await asked);
    this.#underWay.set(key, asked);
    return asked.finally(() => this.#underWay.delete(key));
  }

  /** Never rejects. */
  async #ask(query: Uint8Array): Promise<Uint8Array> {
    const { resolver, clock, signal } = this.#parts;
    try {
      const answer = await resolver.query(query, 'tcp', signal);
      this.#silences = 0;
      return answer;
    } catch {
      this.#silences += 1;
      if (this.#silences % mostSilences === 0) this.#restsUntil = later(clock.now(), restMs);
      return emptyAnswer(query, rcodes.serverFailure);
    }
  }
}
