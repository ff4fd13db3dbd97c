import { ClusterError } from '../../src/domain/errors.ts';
import { deferred } from '../../src/domain/promises.ts';
import { describeClusterPort, type ClusterHarness } from '../conformance/cluster-port.suite.ts';
import { MemoryCluster, type MemoryPodRecord } from './memory-cluster.ts';
import { memoryChannelPair, type MemoryChannel } from './memory-channel.ts';

const cluster = new MemoryCluster();

const harness: ClusterHarness = {
  async setUp() {
    cluster.lacks = ({ resource }) => resource === 'pods/status';
    cluster.startAgent = (pod, progress) => start(pod, () => progress({ step: 'started', detail: 'container agent' }));
    cluster.connect = echo;
    return cluster;
  },
  async tearDown() {
    // Nothing outlives the test.
  },
  payload: (kind) => ({ agentProgram: kind, agentPrivateKey: 'private key', clientPublicKey: 'public key' }),
  image: 'node:24-slim',
  missingImage: 'nowhere.example/none:1',
  grantedRight: { verb: 'create', group: '', resource: 'pods', purpose: 'test' },
  lackedRight: { verb: 'patch', group: '', resource: 'pods/status', purpose: 'test' },
  async deletePod(podName) {
    cluster.deletePod(podName);
  },
  async objectsOf(sessionId) {
    const pods = [...cluster.pods.values()].filter(({ spec }) => spec.sessionId === sessionId);
    const leases = [...cluster.leases.values()].filter((lease) => lease.sessionId === sessionId);
    return [...leases.map(() => 'Lease'), ...pods.flatMap(({ spec }) => ['Pod', 'Secret', ...(spec.ports.length > 0 ? ['Service'] : [])])];
  },
};

async function start({ spec }: MemoryPodRecord, started: () => void): Promise<void> {
  if (spec.image === harness.missingImage) {
    throw new ClusterError({ code: 'IMAGE_UNAVAILABLE', message: `the image ${spec.image} can't be pulled`, hint: 'set agent.image' });
  }
  started();
  if (spec.payload.agentProgram === 'crash')
    throw new ClusterError({ code: 'AGENT_CRASHED', message: 'the agent ended\n  no such module' });
  if (spec.payload.agentProgram === 'silent') await deferred<void>().promise;
}

/** Greets, echoes, ends after `bye`. */
function echo(): MemoryChannel {
  const [near, far] = memoryChannelPair();
  far.attach({
    data(chunk) {
      if (Buffer.from(chunk).toString() === 'bye') far.end();
      else if (!far.write(chunk)) far.pause();
    },
    ended: () => far.end(),
    drained: () => far.resume(),
    closed: () => undefined,
  });
  far.write(Buffer.from('hello'));
  return near;
}

describeClusterPort('MemoryCluster', harness);
