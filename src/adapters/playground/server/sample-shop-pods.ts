import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../../../domain/errors.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import { containerPath, podVariables } from '../../../domain/playground/pod-surroundings.ts';
import { shopNamespace, shopPorts, shopServices, type ShopService } from '../../../domain/playground/sample-shop.ts';
import type { ObjectHost } from './object-host.ts';
import type { PodProcess } from './pod-process.ts';

const lookPauseMs = 20;

/**
 * Starts the sample shop: all Services first, so that every pod has the variables of each, then the pods side by side. Resolves when all of them listen.
 * @param program - path of the shop's bundled JavaScript file
 * @throws HostError what `TunnelPort.open` throws; ClusterError `AGENT_CRASHED` with the last lines of the log
 */
export async function startShop(objects: ObjectStore, host: ObjectHost, program: string): Promise<void> {
  const api = { name: 'https', port: 443, targetPort: 6443 };
  host.addService({ kubeNamespace: 'default', name: 'kubernetes', labels: {}, ports: [api], selector: undefined });
  const ports = [{ name: 'http', port: shopPorts.service, targetPort: shopPorts.pod }];
  for (const { name } of shopServices)
    host.addService({ kubeNamespace: shopNamespace, name, labels: { app: name }, ports, selector: { app: name } });
  await Promise.all(shopServices.map((service) => startPod(objects, host, { ...service, program })));
}

async function startPod(objects: ObjectStore, host: ObjectHost, { name, program }: ShopService & { program: string }): Promise<void> {
  const pod = host.addPod({ kubeNamespace: shopNamespace, name: `${name}-1`, labels: { app: name } });
  const environment = { PATH: containerPath, ...podVariables(objects, pod), PORT: String(shopPorts.pod) };
  const shop = await host.start(pod, { files: {}, argv: [process.execPath, program, name], environment });
  await untilListening(pod.name, shop);
  host.markReady(pod);
}

async function untilListening(podName: string, shop: PodProcess): Promise<void> {
  while (!(await shop.listensOn(shopPorts.pod))) {
    if (!shop.isRunning) throw await ended(podName, shop);
    await sleep(lookPauseMs);
  }
}

async function ended(podName: string, shop: PodProcess): Promise<ClusterError> {
  const [how, log] = [await shop.ended, await shop.logTail()];
  return new ClusterError({
    code: 'AGENT_CRASHED',
    message: `the pod ${podName} of the sample shop ended (${how})${log === '' ? '' : `\n${log}`}`,
    hint: 'run `npm run build`; if that changes nothing, please report it',
  });
}
