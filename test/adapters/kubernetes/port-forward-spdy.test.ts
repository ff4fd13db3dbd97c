import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PortForwardChannel } from '../../../src/adapters/kubernetes/port-forward-channel.ts';
import { describeByteChannel } from '../../conformance/byte-channel.suite.ts';
import { ChannelProbe } from '../../support/link-channel-probe.ts';
import { PairServer } from '../../support/link-pairs.ts';
import { joinWithPort } from '../../support/spdy-kubelet.ts';
import { FakeApiServer } from './fake-api-server.ts';

const api = new FakeApiServer();
api.knownProtocols = ['SPDY/3.1+portforward.k8s.io'];
const pairs = new PairServer();

/** The names as ws takes them; the fake server answers with a name that it takes too. */
function dial(): Promise<PortForwardChannel> {
  const socket = new WebSocket(api.url.replace('http', 'ws'), ['SPDY-3.1+portforward.k8s.io'], { perMessageDeflate: false });
  socket.on('upgrade', ({ headers }) => (headers['sec-websocket-protocol'] = 'SPDY-3.1+portforward.k8s.io'));
  const channel = new PortForwardChannel(socket, 61_022);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(channel));
    socket.once('error', reject);
  });
}

describeByteChannel('a port-forward by SPDY', {
  halfClose: true,
  setUp: async () => {
    await Promise.all([api.start(), pairs.listen()]);
    api.upgrade = () => (socket) => joinWithPort(socket, pairs.port);
  },
  connect: (keep) => pairs.connect(dial, keep),
  tearDown: async () => {
    await pairs.close();
    await api.stop();
  },
});

describe('a port-forward by SPDY', () => {
  beforeAll(() => api.start());
  afterAll(() => api.stop());

  it('tells what the kubelet says of a port where nobody listens', async () => {
    api.upgrade = () => (socket) => joinWithPort(socket, 1);
    const probe = new ChannelProbe(await dial());
    expect(await probe.closed).toMatchObject({ errno: 'ECONNRESET', message: expect.stringContaining('ECONNREFUSED') });
  });
});
