import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { ClusterAdmin } from './cluster-admin.ts';
import { adminKubeconfig, kubeProgram } from './e2e-environment.ts';
import { eventually } from './eventually.ts';

const kube = (...args: readonly string[]): string =>
  execFileSync(kubeProgram ?? '', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** These try again ever more rarely while the API is away, up to once a minute: as long would each later test wait. */
const patient = ['controller-manager', 'scheduler', 'proxy'];

/** While `work` goes on there is no API server. Afterwards it is back, and knows its roles again. */
export async function withoutApiServer(work: () => Promise<void>): Promise<void> {
  kube('stop', 'apiserver');
  try {
    await work();
  } finally {
    kube('start', 'apiserver');
    const { admin, developer } = inject('bed').kubeconfigs;
    for (const user of [admin, developer])
      await eventually('the API server', () => new ClusterAdmin(user).podNames('default', 'app=web'), 90_000);
    for (const component of patient) {
      kube('stop', component);
      kube('start', component);
    }
  }
}

/** While `work` goes on nobody looks after the node's pods, which run on. Afterwards somebody does. */
export async function withoutKubelet(work: () => Promise<void>): Promise<void> {
  kube('stop', 'kubelet');
  try {
    await work();
  } finally {
    kube('start', 'kubelet');
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    await eventually('the kubelet', () => admin.runNode('default', 'web', 'console.log("here")'), 90_000);
  }
}

/** Drops all that the laptop and the cluster send each other, whether it belongs to something known or not: nobody is told. */
const cut = `table inet inpod_e2e_cut {
  chain arriving { type filter hook prerouting priority -400; iifname "wan0" drop; }
  chain leaving { type filter hook postrouting priority 400; oifname "wan0" drop; }
}`;

/** While `work` goes on nothing gets from the laptop to the cluster or back. The cluster itself goes on: see {@link askOnNode}. */
export async function withLinkCut(work: () => Promise<void>): Promise<void> {
  kube('node', 'nft', cut);
  try {
    await work();
  } finally {
    kube('node', 'nft', 'delete table inet inpod_e2e_cut');
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    await eventually('the link', () => admin.podNames('default', 'app=web'));
  }
}

/** What kubectl says on the node itself, link or not. */
export function askOnNode(...words: readonly string[]): string {
  const state = dirname(adminKubeconfig ?? '');
  return kube('node', join(state, 'bin/kubectl'), '--kubeconfig', join(state, 'local.kubeconfig'), ...words);
}
