/**
 * The rows of the packet path by family: a family's rows are measured together, in a process of their own.
 * `path` names the processes and their parts that a row's bytes go through, the other side's in the same words.
 */
const throughTun = 'traffic | TUN of inpod-launcher | node: pump, packet core, relay, sink or source';
const alone = 'node: packet core alone';

export const families = [
  {
    name: 'streams',
    path: throughTun,
    rows: ['tcp-up-1', 'tcp-up-8', 'tcp-up-8-slowest', 'tcp-down-1', 'tcp-down-8', 'tcp-down-8-slowest'],
  },
  { name: 'round-trips', path: throughTun, rows: ['rtt-100b', 'rtt-100b-p99'] },
  { name: 'connects', path: throughTun, rows: ['connect-rate'] },
  { name: 'datagrams', path: throughTun, rows: ['udp-64b-up', 'udp-64b-down'] },
  { name: 'idle', path: throughTun, rows: ['idle-10k'], nodeFlags: ['--expose-gc'] },
  { name: 'plain', path: alone, rows: ['tcp-up-1-plain', 'tcp-down-1-plain'] },
  // A young generation that holds all that is made meanwhile.
  {
    name: 'allocations',
    path: alone,
    rows: ['allocations'],
    nodeFlags: ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512'],
  },
];
