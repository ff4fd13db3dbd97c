import type { Link } from '../../../src/domain/ports/link-port.ts';
import { describeByteChannel } from '../../conformance/byte-channel.suite.ts';
import { startTestAgent, type TestAgent } from '../../support/link-agent.ts';
import { PairServer } from '../../support/link-pairs.ts';

let server: PairServer;
let agent: TestAgent;
let link: Link;
const never = new AbortController().signal;

describeByteChannel('a connection over the link', {
  halfClose: true,
  setUp: async () => {
    server = new PairServer();
    await server.listen();
    agent = await startTestAgent();
    link = await agent.open();
  },
  connect: (keep) => server.connect(() => link.dial({ host: '127.0.0.1', port: server.port }, never), keep),
  tearDown: async () => {
    await agent.close();
    await server.close();
  },
});
