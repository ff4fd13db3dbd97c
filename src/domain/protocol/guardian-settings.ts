/** Name of the service account, and of its role, that guardians run as. */
export const guardianAccount = 'inpod-guardian';

/** What a guardian is told, by its environment. */
export interface GuardianSettings {
  readonly kubeNamespace: string;
  readonly leaseName: string;
  readonly guardMs: number;
  readonly lookMs: number;
}

/** As variables of the guardian's container. */
export function guardianVariables({ kubeNamespace, leaseName, guardMs, lookMs }: GuardianSettings): Readonly<Record<string, string>> {
  return { INPOD_NAMESPACE: kubeNamespace, INPOD_LEASE: leaseName, INPOD_GUARD_MS: String(guardMs), INPOD_LOOK_MS: String(lookMs) };
}

/** @returns `undefined` where one is missing, or no number */
export function parseGuardianVariables(variables: Readonly<Record<string, string | undefined>>): GuardianSettings | undefined {
  const { INPOD_NAMESPACE: kubeNamespace, INPOD_LEASE: leaseName } = variables;
  const [guardMs, lookMs] = [Number(variables['INPOD_GUARD_MS']), Number(variables['INPOD_LOOK_MS'])];
  if (kubeNamespace === undefined || leaseName === undefined || !(guardMs > 0) || !(lookMs > 0)) return undefined;
  return { kubeNamespace, leaseName, guardMs, lookMs };
}
