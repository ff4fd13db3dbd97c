import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { MachineChange } from '../../domain/session/machine-change.ts';
import { quoted } from './shell-words.ts';

/** Where sshuttle listens when it isn't told where: by IPv4 and IPv6 on the same port. */
const addresses = { ipv4: '127.0.0.1', ipv6: '::1' } as const;

/** The rules that an sshuttle is about to make, by where it listens; `undefined` where it doesn't. */
export function rulesOfListener(method: MachineChange['method'], listening: readonly Endpoint[]): MachineChange | undefined {
  const portAt = (wanted: string): number | undefined => listening.find(({ address }) => address.toString() === wanted)?.port;
  const port = portAt(addresses.ipv4);
  return port === undefined ? undefined : { kind: 'sshuttle-rules', method, port, ipv6: portAt(addresses.ipv6) === port };
}

/** Whether an sshuttle listens where rules lead: they are its own then, whoever's they were. @param listening - of all of this machine */
export function areInUse({ port }: MachineChange, listening: readonly Endpoint[]): boolean {
  const own: readonly string[] = Object.values(addresses);
  return listening.some((endpoint) => endpoint.port === port && own.includes(endpoint.address.toString()));
}

/** One command of taking rules back, to be run as root. */
interface RemovalStep {
  readonly argv: readonly string[];
  /** What it means when it fails: `gone`, that there is nothing to take back; `nothing`, that this part isn't there. */
  readonly failure: 'error' | 'gone' | 'nothing';
}

/** Steps in their order, for each family of addresses. */
export type Removal = readonly (readonly RemovalStep[])[];

/**
 * What takes back all that an sshuttle listening on a port made, and nothing else; may be run again.
 *
 * sshuttle names what it makes after that port (methods/nft.py, methods/nat.py; the same in 1.1.1 and 2.0.0): a table of nft for each family, both of `inet`;
 * or a chain of iptables in the table `nat`, with a jump to it in OUTPUT and in PREROUTING.
 */
export function removalOf({ method, port, ipv6 }: MachineChange): Removal {
  if (method === 'nft') return [[{ argv: ['nft', nftWords(port, ipv6)], failure: 'error' }]];
  return ['iptables', ...(ipv6 ? ['ip6tables'] : [])].map((program) => chainSteps(program, `sshuttle-${port}`));
}

/** One transaction: who adds what is there changes nothing, so that deleting finds it in any case. */
function nftWords(port: number, ipv6: boolean): string {
  const tables = ['ipv4', ...(ipv6 ? ['ipv6'] : [])].map((family) => `table inet sshuttle-${family}-${port}`);
  return tables.map((table) => `add ${table}; delete ${table}`).join('; ');
}

function chainSteps(program: string, chain: string): readonly RemovalStep[] {
  const step = (failure: RemovalStep['failure'], ...words: readonly string[]): RemovalStep => ({
    argv: [program, '-w', '-t', 'nat', ...words],
    failure,
  });
  return [
    step('gone', '-n', '-L', chain),
    step('nothing', '-D', 'OUTPUT', '-j', chain),
    step('nothing', '-D', 'PREROUTING', '-j', chain),
    step('nothing', '-F', chain),
    step('error', '-X', chain),
  ];
}

/**
 * The same for a shell.
 * @param words - before each command: those that make it root's
 */
export function removalScript(removal: Removal, words: readonly string[]): string {
  return removal
    .map((steps) => {
      const [first = '', ...more] = steps.map(({ argv }) => [...words, ...argv].map(quoted).join(' '));
      return more.length === 0 ? first : `${first} && { ${more.join('; ')}; }`;
    })
    .join('; ');
}
