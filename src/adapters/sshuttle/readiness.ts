import { randomBytes, randomInt } from 'node:crypto';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { helloPrefix } from '../../domain/dns/suffix-learner.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { PodNameServer } from '../../domain/ports/link-port.ts';
import type { PodServices, TunnelWarning } from '../../domain/ports/tunnel-port.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import { listenSomewhere } from './pod-listener.ts';
import { namesFailure, singleLabelWarning, tunnelFailure, type LookUpOutcome } from './readiness-failures.ts';
import type { SshuttleParts } from './sshuttle-parts.ts';

/** What is to be reached through a tunnel that is ready. */
export interface ReadinessTask {
  readonly pod: Pick<PodServices, 'listen'>;
  /** Of the pod; IPv4. */
  readonly address: IpAddress;
  readonly nameServer: PodNameServer;
  /** A domain of the pod's, for machines that look no single labels up. */
  readonly domain: string | undefined;
  /** From here on the limits count: sshuttle does its own. */
  readonly begun: Promise<void>;
  readonly warn: (warning: TunnelWarning) => void;
  /** What sshuttle said so far. */
  readonly words: () => string;
}

type Parts = Pick<SshuttleParts, 'network' | 'clock' | 'lookUp' | 'nameServers'>;

const tunnelLimitMs = 30_000;
const namesLimitMs = 20_000;
/** One try: a way that leads nowhere says nothing. The first ones come before sshuttle's rules. */
const tryLimitsMs = { first: 250, most: 4000 } as const;
const pauseMs = 100;
/** So many in a row, since resolvers that this machine asks in turn may differ. */
const wantedSuccesses = 3;
/** In a row; fewer come of resolvers that have just changed. */
const hopelessFailures = 3;

/**
 * First the tunnel: a connection to the pod's address, which comes back by the link. Then the names, as any program of this machine looks them up.
 * @throws TunnelError `TUNNEL_FAILED`, which says which of them; the signal's reason
 */
export async function untilReady(parts: Parts, task: ReadinessTask, signal: AbortSignal): Promise<void> {
  await abortable(task.begun, signal);
  await untilConnected(parts, task, signal);
  await untilNamed(parts, task, signal);
}

async function untilConnected({ network, clock }: Parts, { pod, address, words }: ReadinessTask, signal: AbortSignal): Promise<void> {
  const token = randomBytes(16);
  const sent = (channel: ByteChannel): void => {
    channel.attach({ data: () => undefined, ended: () => undefined, drained: () => undefined, closed: () => undefined });
    channel.write(Uint8Array.from(token));
    channel.end();
  };
  const listener = await listenSomewhere(pod, 'pod', sent);
  try {
    const until = clock.now() + tunnelLimitMs;
    let limitMs: number = tryLimitsMs.first;
    while (!(await arrives({ network, clock }, { address, port: listener.port, token, limitMs }, signal))) {
      if (clock.now() > until) throw tunnelFailure(words(), tunnelLimitMs);
      await clock.sleep(pauseMs, signal);
      limitMs = Math.min(limitMs * 1.5, tryLimitsMs.most);
    }
  } finally {
    await listener.close();
  }
}

/** Whether who answers there is our own listener. Rejects only with the signal's reason */
async function arrives(
  { network, clock }: Pick<Parts, 'network' | 'clock'>,
  {
    address,
    port,
    token,
    limitMs,
  }: { readonly address: IpAddress; readonly port: number; readonly token: Buffer; readonly limitMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  void clock.sleep(limitMs, either).then(() => over.abort(new Error('in vain')), () => undefined); // prettier-ignore
  try {
    const channel = await network.dial({ host: address.toString(), port }, either);
    return await abortable(hasToken(channel, token), either).finally(() => channel.reset({ errno: 'ECONNABORTED', message: 'seen' }));
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    over.abort(new Error('done'));
  }
}

function hasToken(channel: ByteChannel, token: Buffer): Promise<boolean> {
  const outcome = deferred<boolean>();
  let received = Buffer.alloc(0);
  channel.attach({
    data: (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= token.length) outcome.resolve(received.equals(token));
    },
    ended: () => outcome.resolve(false),
    drained: () => undefined,
    closed: () => outcome.resolve(false),
  });
  return outcome.promise;
}

async function untilNamed(parts: Parts, { nameServer, domain, warn, words }: ReadinessTask, signal: AbortSignal): Promise<void> {
  const { clock } = parts;
  const until = clock.now() + namesLimitMs;
  // Numbers that no cache knows.
  let number = randomInt(1_000_000, 1_000_000_000);
  let last: LookUpOutcome = 'silent';
  for (let successes = 0, failures = 0; successes < wantedSuccesses;) {
    // Every other one with a domain once single labels proved hopeless.
    const isWhole = domain !== undefined && failures >= hopelessFailures && failures % 2 === hopelessFailures % 2;
    const hello = `${helloPrefix}${number++}`;
    last = await lookUp(parts, isWhole ? `${hello}.${domain}` : hello, signal);
    if (last !== 'silent' && last !== 'unknown' && last.includes(nameServer.proof)) {
      if (isWhole) return warn(singleLabelWarning(await parts.nameServers()));
      successes += 1;
      failures = 0;
      continue;
    }
    successes = 0;
    failures += 1;
    if (clock.now() > until) throw namesFailure({ outcome: last, words: words(), ...(await surroundings(parts)) }, namesLimitMs);
    await clock.sleep(pauseMs, signal);
  }
}

async function lookUp({ lookUp: ask, clock }: Parts, name: string, signal: AbortSignal): Promise<LookUpOutcome> {
  const over = new AbortController();
  const late = clock.sleep(tryLimitsMs.most, AbortSignal.any([signal, over.signal])).then(
    () => 'silent' as const,
    () => 'silent' as const,
  );
  const answered = ask(name).catch(() => 'unknown' as const);
  const outcome = await Promise.race([answered, late]);
  over.abort();
  signal.throwIfAborted();
  return outcome;
}

/** What may be in the way. */
async function surroundings({ network, nameServers }: Parts): Promise<{ nameServers: readonly string[]; interfaces: readonly string[] }> {
  const [servers, routes] = await Promise.all([nameServers(), network.routes()]);
  return { nameServers: servers, interfaces: [...new Set(routes.map(({ interfaceName }) => interfaceName))] };
}
