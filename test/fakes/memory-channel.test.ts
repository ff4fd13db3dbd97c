import { describeByteChannel } from '../conformance/byte-channel.suite.ts';
import { ChannelProbe } from '../support/link-channel-probe.ts';
import { memoryChannelPair } from './memory-channel.ts';

describeByteChannel('MemoryChannel', {
  halfClose: true,
  setUp: async () => undefined,
  tearDown: async () => undefined,
  connect: async (keep = true) => {
    const [near, far] = memoryChannelPair();
    return { near: new ChannelProbe(near, keep), far: new ChannelProbe(far, keep) };
  },
});
