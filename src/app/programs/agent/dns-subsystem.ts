import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import {
  emitDnsReply,
  maxDnsBodyBytes,
  parseDnsQuery,
  type DnsQueryFrame,
  type DnsReplyFrame,
} from '../../../domain/protocol/dns-frame.ts';
import { ResolverError } from '../../../domain/errors.ts';
import { FrameGatherer } from '../../../domain/protocol/frame-gatherer.ts';
import { FrameSplitter } from '../../../domain/protocol/length-prefix.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, planResolver, type ResolverPlan } from './dns-forwarder.ts';
import { readAgain } from './read-again.ts';

/** Questions under way, each with a socket; beyond these the laptop's questions wait in the channel, behind those of a server that may be dead. */
const maxUnanswered = 2048;

/** Answers DNS questions on `stream` until it ends, each as soon as its answer is there. */
export function serveDns(stream: ChannelStream, settings: AgentSettings, signal: AbortSignal): void {
  const splitter = new FrameSplitter(maxDnsBodyBytes);
  let unanswered = 0;
  const replies = new FrameGatherer((chunk) => void stream.write(chunk), setImmediate);
  const plan = readAgain(settings.resolvConfFile, planResolver);
  const settled = (reply: DnsReplyFrame): void => {
    unanswered -= 1;
    replies.add(emitDnsReply(reply));
    if (unanswered < maxUnanswered) stream.resume();
  };
  stream.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') return stream.reset({ errno: 'EPIPE', message: 'a DNS frame was longer than allowed' });
      for (const body of bodies) {
        const query = parseDnsQuery(body);
        if (typeof query === 'string') return stream.reset({ errno: 'EPIPE', message: `a DNS frame was malformed: ${query}` });
        unanswered += 1;
        void answer(query, { plan, port: settings.dnsPort, signal }).then(settled);
      }
      if (unanswered >= maxUnanswered) stream.pause();
    },
    ended: () => stream.end(),
    drained: () => undefined,
    closed: () => undefined,
  });
}

interface AnswerParts {
  readonly plan: () => Promise<ResolverPlan>;
  readonly port: number;
  readonly signal: AbortSignal;
}

async function answer(query: DnsQueryFrame, { plan, port, signal }: AnswerParts): Promise<DnsReplyFrame> {
  const { requestId, message, transport } = query;
  try {
    return { requestId, message: await forwardQuery(await plan(), { message, transport, port, signal }) };
  } catch (error) {
    const code = error instanceof ResolverError ? error.code : 'DNS_FAILED';
    return { requestId, failure: { code, text: error instanceof Error ? error.message : String(error) } };
  }
}
