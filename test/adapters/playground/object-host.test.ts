import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObjectHost } from '../../../src/adapters/playground/server/object-host.ts';
import { endpointsOf } from '../../../src/domain/playground/playground-network.ts';
import type { ObjectStore } from '../../../src/domain/playground/object-store.ts';
import type { PodObject } from '../../../src/domain/playground/playground-objects.ts';
import type { LeaseReference } from '../../../src/domain/ports/cluster/agent-pods.ts';
import type { ChildExit } from '../../../src/domain/ports/tunnel-port.ts';
import { deferred, type Deferred } from '../../../src/domain/promises.ts';
import { aStore } from '../../builders/playground-builders.ts';
import { MemoryTunnel } from '../../fakes/memory-tunnel.ts';

const program = { files: { 'in/side.txt': 'text' }, argv: ['server'], environment: { A: '1' } } as const;

let folder: string;
let objects: ObjectStore;
let exit: Deferred<ChildExit>;
let tunnel: MemoryTunnel;
let host: ObjectHost;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inpod-host-'));
  objects = aStore();
  exit = deferred();
  tunnel = new MemoryTunnel({ '/bin/sh': { run: () => exit.promise } });
  host = new ObjectHost({ objects, tunnel, folder, chance: () => 0, nowMs: () => 1000 });
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const addLease = (): LeaseReference => host.addLease('shop', { name: 'lease', sessionId: 'abcde', holder: 'ann', durationSeconds: 30 });
const addPod = (owner?: LeaseReference): PodObject => host.addPod({ kubeNamespace: 'shop', name: 'web-1', labels: { app: 'web' }, owner });
const now = (): PodObject => objects.get('Pod', 'shop', 'web-1');
const folderOf = ({ address }: PodObject): string => join(folder, `shop.web-1.${address.toString()}`);

describe('ObjectHost', () => {
  it("runs a pod's program in its own folder, with the pod's view", async () => {
    const pod = addPod();
    expect(pod).toMatchObject({ phase: 'Pending', ready: false, createdWallMs: 1000 });
    await host.start(pod, program);
    expect(readFileSync(join(folderOf(pod), 'in/side.txt'), 'utf8')).toBe('text');
    const { hostname, addresses, files } = tunnel.lastLease.options;
    expect([hostname, String(addresses[0]), files.hosts]).toEqual(['web-1', pod.address.toString(), expect.stringContaining('\tweb-1\n')]);
    expect(now().phase).toBe('Running');
  });

  it('has Services lead to a pod from its readiness until its process ends', async () => {
    host.addService({ kubeNamespace: 'shop', name: 'web', labels: {}, ports: [], selector: { app: 'web' } });
    const led = (): number => endpointsOf(objects, objects.get('Service', 'shop', 'web')).length;
    const pod = addPod();
    await host.start(pod, program);
    expect(led()).toBe(0);
    host.markReady(pod);
    expect(led()).toBe(1);
    exit.resolve({ code: 3 });
    await expect.poll(now).toMatchObject({ phase: 'Failed', ready: false });
    expect(led()).toBe(0);
    await expect(host.runningProcess(pod)).rejects.toMatchObject({ code: 'POD_GONE' });
  });

  it('ends the process of a pod whose owner goes, and takes its files away', async () => {
    const pod = addPod(addLease());
    const gone = host.goneSignal(pod);
    await host.start(pod, program);
    await host.remove({ kind: 'Lease', kubeNamespace: 'shop', name: 'lease' });
    expect([gone.aborted, tunnel.openLeases, existsSync(folderOf(pod))]).toEqual([true, 0, false]);
    expect(host.goneSignal(pod).aborted).toBe(true);
  });

  it('leaves nothing of a pod that is deleted while it starts', async () => {
    const opening = deferred<void>();
    tunnel.script = (call) => (call === 'open' ? opening.promise : undefined);
    const pod = addPod();
    const started = host.start(pod, program).catch((error: unknown) => error);
    const removed = host.remove(pod);
    opening.resolve();
    await removed;
    expect(await started).toMatchObject({ code: 'POD_GONE' });
    expect([tunnel.openLeases, existsSync(folderOf(pod))]).toEqual([0, false]);
    await expect(host.start(pod, program)).rejects.toMatchObject({ code: 'POD_GONE' });
  });

  it('tells a new pod from the one of its name that is just ending', async () => {
    const closing = deferred<void>();
    const first = addPod();
    await host.start(first, program);
    tunnel.script = (call) => (call === 'close' ? closing.promise : undefined);
    const removed = host.remove(first);
    const second = addPod();
    await host.start(second, program);
    host.markReady(second);
    closing.resolve();
    await removed;
    expect(second.address.equals(first.address)).toBe(false);
    expect([existsSync(folderOf(first)), existsSync(folderOf(second))]).toEqual([false, true]);
    expect(now()).toMatchObject({ phase: 'Running', ready: true });
  });

  it('says when a Lease was last renewed', () => {
    addLease();
    const later = new ObjectHost({ objects, tunnel, folder, chance: () => 0, nowMs: () => 5000 });
    later.renewLease('shop', 'lease');
    expect(objects.get('Lease', 'shop', 'lease')).toMatchObject({ createdWallMs: 1000, renewedWallMs: 5000 });
    expect(() => host.renewLease('shop', 'other')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});
