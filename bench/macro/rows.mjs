/** The rows of the groups cluster and rough-path by the script that measures them together. `size`: its options, of a whole and of a quick run. */
export const scripts = [
  {
    script: 'cluster.mjs',
    rows: ['cluster-down-1', 'cluster-up-1', 'inbound-down-1', 'inbound-up-1', 'start'],
    size: ({ mebibytes }) => ['--mebibytes', mebibytes],
    quick: ['--mebibytes', '8'],
  },
  {
    script: 'cpu-per-gb.mjs',
    rows: ['cpu-per-gb-down', 'cpu-per-gb-up'],
    size: ({ mebibytes }) => ['--mebibytes', mebibytes],
    quick: ['--mebibytes', '8'],
  },
  {
    script: 'request-under-bulk.mjs',
    rows: ['cluster-rtt-p50', 'request-under-bulk'],
    size: () => ['--requests', '200'],
    quick: ['--requests', '20'],
  },
  { script: 'swap.mjs', rows: ['swap-start', 'swap-place', 'swap-end'], size: () => [], quick: [] },
  { script: 'names.mjs', rows: ['names-cached', 'names-uncached'], size: () => ['--seconds', '5'], quick: ['--seconds', '1'] },
  {
    script: 'rough-path.mjs',
    rows: ['cluster-10ms-down-1', 'cluster-10ms-up-1', 'cluster-loss-down-1', 'cluster-loss-up-1'],
    size: () => ['--mebibytes', '64'],
    quick: ['--mebibytes', '2'],
    isRough: true,
  },
];

export const roughRows = scripts.filter(({ isRough }) => isRough).flatMap(({ rows }) => rows);
export const clusterRows = scripts.filter(({ isRough }) => !isRough).flatMap(({ rows }) => rows);

const session = 'TUN of inpod-launcher | node: pump, packet core, relay, SSH, WebSocket';
const cluster = 'API server | kubelet | containerd | node: agent';
const starting = ['start', ...clusterRows.filter((row) => row.startsWith('swap-'))];
const inbound = clusterRows.filter((row) => row.startsWith('inbound-'));
const names = clusterRows.filter((row) => row.startsWith('names-'));

/** The processes, and their parts, that the bytes of rows go through. */
export const paths = [
  {
    path: `client (node) | ${session} | ${cluster} | server in a pod`,
    rows: [...clusterRows, ...roughRows].filter((row) => ![...starting, ...inbound, ...names].includes(row)),
  },
  { path: `client in a pod | ${cluster} | ${session} | server (node)`, rows: inbound },
  { path: `client (node) | ${session} | ${cluster} | the cluster's DNS server`, rows: names },
  { path: 'node: inpod | API server | scheduler, controllers, kubelet, containerd | node: agent', rows: starting },
];
