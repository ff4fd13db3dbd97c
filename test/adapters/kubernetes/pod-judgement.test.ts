import { describe, expect, it } from 'vitest';
import { judgePod } from '../../../src/adapters/kubernetes/pod-judgement.ts';
import { progressOf } from '../../../src/adapters/kubernetes/pod-progress.ts';
import type { ContainerStatusView, EventView, PodView } from '../../../src/adapters/kubernetes/pod-view.ts';

type Status = NonNullable<PodView['status']>;

function pod(status: Status, rest: Partial<PodView> = {}): PodView {
  return { metadata: { name: 'inpod-a' }, spec: { nodeName: 'node1' }, status, ...rest };
}

function agent(state: ContainerStatusView['state'], more: Partial<ContainerStatusView> = {}): Status {
  return {
    phase: 'Pending',
    containerStatuses: [{ name: 'agent', image: 'node:24-slim', ...(state === undefined ? {} : { state }), ...more }],
  };
}

const waiting = (reason: string, message = ''): Status => agent({ waiting: { reason, message } });

describe('judgePod', () => {
  it.each<[string, PodView, string, string]>([
    [
      'image that is not there',
      pod(waiting('ErrImagePull', 'manifest unknown')),
      'IMAGE_UNAVAILABLE',
      'the image node:24-slim of the pod inpod-a',
    ],
    [
      'image that is still not there',
      pod(waiting('ImagePullBackOff', 'Back-off pulling image')),
      'IMAGE_UNAVAILABLE',
      'Back-off pulling image',
    ],
    ['image name that is none', pod(waiting('InvalidImageName')), 'IMAGE_UNAVAILABLE', 'no valid image name'],
    ['wrong configuration', pod(waiting('CreateContainerConfigError', 'secret "x" not found')), 'AGENT_CRASHED', 'secret "x" not found'],
    [
      'image without sh',
      pod(agent({ terminated: { exitCode: 128, reason: 'StartError', message: 'exec: "sh": not found' } })),
      'AGENT_CRASHED',
      '"sh": not found',
    ],
    ['crash', pod(agent({ terminated: { exitCode: 3, reason: 'Error' } })), 'AGENT_CRASHED', 'exit code 3'],
    ['end without error', pod(agent({ terminated: { exitCode: 0, reason: 'Completed' } })), 'AGENT_CRASHED', 'Completed'],
    ['too little memory', pod(agent({ terminated: { exitCode: 137, reason: 'OOMKilled' } })), 'AGENT_CRASHED', 'OOMKilled'],
    ['eviction', pod({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }), 'POD_GONE', 'low on memory'],
    ['node without room after all', pod({ phase: 'Failed', reason: 'OutOfmemory' }), 'POD_UNSCHEDULABLE', 'OutOfmemory'],
    ['kubelet that refuses', pod({ phase: 'Failed', reason: 'UnexpectedAdmissionError' }), 'POD_UNSCHEDULABLE', 'UnexpectedAdmissionError'],
    ['deletion', pod({ phase: 'Running' }, { metadata: { name: 'inpod-a', deletionTimestamp: 'now' } }), 'POD_GONE', 'being deleted'],
    [
      "injected sidecar's init container that fails",
      pod(
        { phase: 'Pending', initContainerStatuses: [{ name: 'istio-init', state: { terminated: { exitCode: 1 } } }] },
        { spec: { restartPolicy: 'Never' } },
      ),
      'AGENT_CRASHED',
      'the container istio-init',
    ],
    [
      "template's init container that fails again and again",
      pod({ phase: 'Pending', initContainerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'CrashLoopBackOff' } } }] }),
      'AGENT_CRASHED',
      'the container migrate of the pod inpod-a ends again and again',
    ],
  ])('%s: trouble', (_case, view, code, text) => {
    const judgement = judgePod(view, []);
    expect(judgement).toMatchObject({
      kind: 'trouble',
      trouble: { code, message: expect.stringContaining(text), hint: expect.any(String) },
    });
  });

  it.each<[string, PodView]>([
    ['not scheduled yet', { metadata: { name: 'inpod-a' } }],
    [
      'an init container that failed, and is started again',
      pod({ ...waiting('PodInitializing'), initContainerStatuses: [{ name: 'migrate', state: { terminated: { exitCode: 1 } } }] }),
    ],
    ['being made', pod(waiting('ContainerCreating'))],
    [
      'initialising',
      pod({ ...waiting('PodInitializing'), initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0 } } }] }),
    ],
    ['running, not listening', pod(agent({ running: {} }, { ready: false }))],
    ['gated', pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] })],
  ])('%s: waiting', (_case, view) => {
    expect(judgePod(view, []).kind).toBe('waiting');
  });

  it('is ready with its agent, whatever becomes of a sidecar', () => {
    const status = agent({ running: {} }, { ready: true });
    expect(
      judgePod(pod({ ...status, containerStatuses: [{ name: 'proxy', ready: false }, ...(status.containerStatuses ?? [])] }), []),
    ).toEqual({ kind: 'ready' });
  });

  it('tells apart what may change by itself: no node', () => {
    const message = '0/3 nodes are available: 3 Insufficient memory.';
    const view = pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] }, { spec: {} });
    expect(judgePod(view, [])).toMatchObject({
      kind: 'unschedulable',
      trouble: { code: 'POD_UNSCHEDULABLE', message: expect.stringContaining(message) },
    });
  });

  it('says what holds it up, for a time-out', () => {
    const mount: EventView = { reason: 'FailedMount', message: 'secret not found', type: 'Warning' };
    expect(judgePod(pod(waiting('ContainerCreating')), [mount])).toEqual({
      kind: 'waiting',
      state: 'on node node1, ContainerCreating; FailedMount: secret not found',
    });
  });
});

describe('progressOf', () => {
  const started: EventView = { reason: 'Started', involvedObject: { fieldPath: 'spec.containers{agent}' } };

  it.each<[string, PodView, EventView[], string[]]>([
    ['nothing yet', { metadata: { name: 'inpod-a' } }, [], []],
    ['a node', pod({}), [], ['scheduled']],
    ['an image on its way', pod(waiting('ContainerCreating')), [{ reason: 'Pulling', message: 'Pulling image' }], ['scheduled', 'pulling']],
    ['a hold-up', { metadata: { name: 'inpod-a' } }, [{ reason: 'FailedScheduling', message: 'no node' }], ['waiting']],
    [
      'its Secret, which is posted beside it, on its way',
      pod(waiting('ContainerCreating')),
      [{ reason: 'FailedMount', message: 'MountVolume.SetUp failed for volume "agent" : secret "inpod-k3x9q" not found' }],
      ['scheduled'],
    ],
    [
      'a volume of a policy that is missing',
      pod(waiting('ContainerCreating')),
      [{ reason: 'FailedMount', message: 'MountVolume.SetUp failed for volume "ca" : secret "ca" not found' }],
      ['waiting', 'scheduled'],
    ],
    ['a start that only the event tells yet', pod(waiting('ContainerCreating')), [started], ['scheduled', 'started']],
    ["another container's start", pod({}), [{ reason: 'Started', involvedObject: { fieldPath: 'spec.containers{proxy}' } }], ['scheduled']],
    ['all of it', pod(agent({ running: {} }, { ready: true })), [started], ['scheduled', 'started', 'ready']],
  ])('%s', (_case, view, events, steps) => {
    expect(progressOf(view, events).map(({ step }) => step)).toEqual(steps);
  });
});
