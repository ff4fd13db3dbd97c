import { ClusterError } from '../../domain/errors.ts';
import type { Guardians, GuardianSpec } from '../../domain/ports/cluster/guardians.ts';
import { allDone } from '../../domain/promises.ts';
import { guardianAccount } from '../../domain/protocol/guardian-settings.ts';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './api-errors.ts';
import { guardianJob, guardianSecret } from './guardian-manifest.ts';

/** Guardians as Jobs of the service account `inpod-guardian`. */
export class KubernetesGuardians implements Guardians {
  readonly #api: ApiClient;
  readonly #kubeNamespace: string;

  constructor(api: ApiClient, kubeNamespace: string) {
    this.#api = api;
    this.#kubeNamespace = kubeNamespace;
  }

  async mayGuard(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#api.call({ method: 'GET', path: `${this.#at('/api/v1')}/serviceaccounts/${guardianAccount}`, signal });
      return true;
    } catch (error) {
      if (isNotFound(error) || (error instanceof ClusterError && error.code === 'FORBIDDEN')) return false;
      throw error;
    }
  }

  async postGuardian(spec: GuardianSpec, signal: AbortSignal): Promise<void> {
    await allDone([
      this.#api.call({ method: 'POST', path: `${this.#at('/api/v1')}/secrets`, body: guardianSecret(spec), signal }),
      this.#api.call({ method: 'POST', path: `${this.#at('/apis/batch/v1')}/jobs`, body: guardianJob(this.#kubeNamespace, spec), signal }),
    ]);
  }

  #at(group: string): string {
    return `${group}/namespaces/${encodeURIComponent(this.#kubeNamespace)}`;
  }
}
