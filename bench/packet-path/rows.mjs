/** The rows of the packet path by family: a family's rows are measured together, in a process of their own. */
export const families = [
  { name: 'streams', rows: streams('up').concat(streams('down')) },
  { name: 'round-trips', rows: ['rtt-100b', 'rtt-100b-p99'] },
  { name: 'connects', rows: ['connect-rate'] },
  { name: 'datagrams', rows: ['udp-64b-up', 'udp-64b-down'] },
  { name: 'idle', rows: ['idle-10k'], nodeFlags: ['--expose-gc'] },
  { name: 'plain', rows: ['tcp-up-1-plain', 'tcp-down-1-plain'] },
  // A young generation that holds all that is made meanwhile.
  { name: 'allocations', rows: ['allocations'], nodeFlags: ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512'] },
];

function streams(direction) {
  return ['1', '8', '8-slowest', '1-relayed'].map((suffix) => `tcp-${direction}-${suffix}`);
}

const rowsOf = (...names) => families.filter(({ name }) => names.includes(name)).flatMap(({ rows }) => rows);

/** The processes, and their parts, that the bytes of rows go through. */
export const paths = [
  {
    path: 'traffic (C) | TUN of inpod-launcher | node: pump, packet core, sink or source',
    rows: rowsOf('streams').filter((row) => !row.endsWith('-relayed')),
  },
  {
    path: 'traffic (C) | TUN of inpod-launcher | node: pump, packet core, relay, a channel that is sink or source',
    rows: [...rowsOf('streams').filter((row) => row.endsWith('-relayed')), ...rowsOf('round-trips', 'connects', 'datagrams', 'idle')],
  },
  { path: 'node: packet core alone', rows: rowsOf('plain', 'allocations') },
];
