import { readFile } from 'node:fs/promises';
import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import {
  emitDnsReply,
  maxDnsBodyBytes,
  parseDnsQuery,
  type DnsQueryFrame,
  type DnsReplyFrame,
} from '../../../domain/protocol/dns-frame.ts';
import { ResolverError } from '../../../domain/errors.ts';
import { FrameSplitter } from '../../../domain/protocol/length-prefix.ts';
import type { AgentSettings } from './agent-settings.ts';
import { forwardQuery, planResolver } from './dns-forwarder.ts';

/** Questions under way, each with a socket; beyond these the laptop's questions wait in the channel, behind those of a server that may be dead. */
const maxUnanswered = 2048;

/** Answers DNS questions on `stream` until it ends, each as soon as its answer is there. */
export function serveDns(stream: ChannelStream, settings: AgentSettings, signal: AbortSignal): void {
  const splitter = new FrameSplitter(maxDnsBodyBytes);
  let unanswered = 0;
  const settled = (reply: DnsReplyFrame): void => {
    unanswered -= 1;
    stream.write(emitDnsReply(reply));
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
        void answer(query, settings, signal).then(settled);
      }
      if (unanswered >= maxUnanswered) stream.pause();
    },
    ended: () => stream.end(),
    drained: () => undefined,
    closed: () => undefined,
  });
}

async function answer(query: DnsQueryFrame, settings: AgentSettings, signal: AbortSignal): Promise<DnsReplyFrame> {
  const { requestId, message, transport } = query;
  try {
    const plan = planResolver(await readFile(settings.resolvConfFile, 'utf8'));
    return { requestId, message: await forwardQuery(plan, { message, transport, port: settings.dnsPort, signal }) };
  } catch (error) {
    const code = error instanceof ResolverError ? error.code : 'DNS_FAILED';
    return { requestId, failure: { code, text: error instanceof Error ? error.message : String(error) } };
  }
}
