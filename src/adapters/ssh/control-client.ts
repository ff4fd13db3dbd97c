import type { ByteChannel } from '../../domain/byte-channel.ts';
import { TunnelError } from '../../domain/errors.ts';
import { deferred } from '../../domain/promises.ts';
import {
  emitControlRequest,
  maxControlBodyBytes,
  parseControlReply,
  type ControlFault,
  type ControlReply,
} from '../../domain/protocol/control-message.ts';
import { FrameSplitter } from '../../domain/protocol/length-prefix.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { protocolVersion } from '../../domain/protocol/protocol.ts';

/**
 * Agrees on the protocol version and asks the pod's facts, once, over the control channel; the channel stays open.
 * @throws (rejects) TunnelError `PROTOCOL_MISMATCH` naming both versions; `LINK_FAILED` where the agent can't tell; `LINK_LOST`
 */
export function askPodFacts(channel: ByteChannel): Promise<PodFacts> {
  const facts = deferred<PodFacts>();
  const splitter = new FrameSplitter(maxControlBodyBytes);
  channel.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') return facts.reject(failed('the agent sent a message that is too long'));
      for (const body of bodies) settle(parseControlReply(body), facts.resolve, facts.reject);
    },
    ended: () => facts.reject(failed('the agent closed the control channel')),
    drained: () => undefined,
    closed: () =>
      facts.reject(new TunnelError({ code: 'LINK_LOST', message: 'the link was lost before the agent told of its pod', transient: true })),
  });
  channel.write(emitControlRequest({ version: protocolVersion, id: 1, type: 'facts' }));
  return facts.promise;
}

function settle(reply: ControlReply | ControlFault, resolve: (facts: PodFacts) => void, reject: (error: TunnelError) => void): void {
  if (reply.version !== undefined && reply.version !== protocolVersion) reject(mismatch(reply.version));
  else if ('fault' in reply) reject(failed(`the agent's answer was not understood: ${reply.fault}${reply.field ? ` ${reply.field}` : ''}`));
  else if (reply.type === 'error') reject(failed(`the agent could not tell of its pod: ${reply.message}`));
  else resolve(reply.facts);
}

function mismatch(agentVersion: number): TunnelError {
  return new TunnelError({
    code: 'PROTOCOL_MISMATCH',
    message: `the agent in the pod speaks protocol version ${agentVersion}, this inpod version ${protocolVersion}`,
    hint: 'use the inpod that the agent was made with, or make the agent anew with this one',
    details: { agentVersion, laptopVersion: protocolVersion },
  });
}

function failed(message: string): TunnelError {
  return new TunnelError({ code: 'LINK_FAILED', message, hint: 'look at the log of the agent pod' });
}
