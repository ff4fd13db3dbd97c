/**
 * npm run bench: what inpod's speed is beside its peers, measured in one run. See bench/README.md.
 *   node scripts/bench.mjs [--json] [--runs 5] [--mebibytes 128] [--namespace default]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const kubeconfig = process.env.INPOD_E2E_KUBECONFIG;
if (!kubeconfig) {
  console.error('bench: set INPOD_E2E_KUBECONFIG to the kubeconfig of a test cluster; nothing was measured');
  process.exit(2);
}
const script = fileURLToPath(new URL('../bench/macro/cluster.mjs', import.meta.url));
process.exit(
  spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } })
    .status ?? 1,
);
