import { describe } from 'vitest';

/** The test cluster's admin; the others' kubeconfigs lie beside it. Never a contributor's current context. */
export const adminKubeconfig = process.env['INPOD_E2E_KUBECONFIG'];

/** The program that stops and starts the test cluster's components; tests of outages need it. */
export const kubeProgram = process.env['INPOD_E2E_KUBE'];

/** Whether users can be made and programs run as root. */
export const runsAsRoot = process.getuid?.() === 0;

/** A group of end-to-end tests: counted as skipped where no test cluster is named. */
export const describeE2e = describe.skipIf(adminKubeconfig === undefined);
