import { describe, expect, it } from 'vitest';
import { tellServing } from '../../../src/adapters/ssh/control-client.ts';
import { emitControlReply } from '../../../src/domain/protocol/control-message.ts';
import { protocolVersion } from '../../../src/domain/protocol/protocol.ts';
import { memoryChannelPair } from '../../fakes/memory-channel.ts';
import { ChannelProbe } from '../../support/link-channel-probe.ts';

const version = protocolVersion;

describe('saying that the process serves', () => {
  it.each([
    ['is heard', { version, id: 1, type: 'done' }, undefined],
    ['fails', { version, id: 1, type: 'error', code: 'FAILED', message: 'no such folder' }, { code: 'LINK_FAILED' }],
  ] as const)('ends its channel where it %s', async (_what, reply, failure) => {
    const [ours, agents] = memoryChannelPair();
    const agent = new ChannelProbe(agents);
    agents.write(emitControlReply(reply));
    const outcome = await tellServing(ours).catch((error: unknown) => error);
    if (failure) expect(outcome).toMatchObject(failure);
    else expect(outcome).toBeUndefined();
    await agent.ended;
  });
});
