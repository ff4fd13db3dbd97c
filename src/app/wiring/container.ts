import 'reflect-metadata';
import { Container } from 'inversify';
import { bindHost } from './host-module.ts';
import { bindKubernetes } from './kubernetes-module.ts';
import { bindPlayground } from './playground-module.ts';
import { bindSsh } from './ssh-module.ts';
import { bindSshuttle } from './sshuttle-module.ts';
import { tokens, type ProgramContext } from './tokens.ts';
import { bindTorsocks } from './torsocks-module.ts';
import { bindTun } from './tun-module.ts';

/** All ports bound to their adapters, each a singleton of the container, made when first asked for. */
export function createContainer(context: ProgramContext): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(tokens.context).toConstantValue(context);
  for (const bind of [bindHost, bindKubernetes, bindPlayground, bindSsh, bindSshuttle, bindTorsocks, bindTun]) bind(container);
  return container;
}
