import { shopNamespace, shopPorts, shopServices, type ShopService } from '../../../domain/playground/sample-shop.ts';
import type { DeploymentObject } from '../../../domain/playground/playground-objects.ts';
import { allDone } from '../../../domain/promises.ts';
import type { DeploymentController } from './deployment-controller.ts';
import type { ObjectHost } from './object-host.ts';

/** As one who applied a manifest. */
const applied = { manager: 'playground', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' };

/**
 * Starts the sample shop: all Services first, so that every pod has the variables of each, then a Deployment of each. Resolves when all of them serve.
 * @param program - path of the shop's bundled JavaScript file
 * @throws as `DeploymentController.start`
 */
export async function startShop(host: ObjectHost, deployments: DeploymentController, program: string): Promise<void> {
  const api = { name: 'https', port: 443, targetPort: 6443 };
  host.addService({ kubeNamespace: 'default', name: 'kubernetes', labels: {}, ports: [api], selector: undefined });
  const ports = [{ name: 'http', port: shopPorts.service, targetPort: shopPorts.pod }];
  for (const { name } of shopServices)
    host.addService({ kubeNamespace: shopNamespace, name, labels: { app: name }, ports, selector: { app: name } });
  await allDone(shopServices.map((service) => deployments.start(shopDeployment(service, program))));
}

function shopDeployment({ name }: ShopService, program: string): DeploymentObject {
  const labels = { app: name };
  const container = {
    name,
    tcpPorts: [shopPorts.pod],
    argv: [process.execPath, program, name] as const,
    variables: { PORT: String(shopPorts.pod) },
  };
  return {
    kind: 'Deployment',
    kubeNamespace: shopNamespace,
    name,
    labels,
    replicas: 1,
    replicasOwners: [applied],
    mark: undefined,
    template: { labels, container },
    podsMade: 0,
  };
}
