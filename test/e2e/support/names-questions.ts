import type { Question, Questions } from './asked-names.ts';

const cluster = 'svc.cluster.local';

/** Addresses that names are asked for: of the Service `web`, and of a pod of `named`. */
interface Addresses {
  readonly web: string;
  readonly pod: string;
}

const plain = (addresses: Addresses): readonly (readonly [string, string])[] => [
  ['A', `web.default.${cluster}`],
  ['AAAA', `web.default.${cluster}`],
  ['A', `web.shop.${cluster}.`],
  ['A', `WEB.Default.${cluster}`],
  ['TXT', `web.default.${cluster}`],
  ['HTTPS', `web.default.${cluster}`],
  ['A', `nobody.default.${cluster}`],
  ['A', 'web'],
  ['A', 'web.default.svc'],
  ['A', `named.default.${cluster}`],
  ['A', `first.named.default.${cluster}`],
  ['AAAA', `first.named.default.${cluster}`],
  ['SRV', `_http._tcp.named.default.${cluster}`],
  ['SRV', `_http._tcp.web.default.${cluster}`],
  ['SRV', `_nobody._tcp.web.default.${cluster}`],
  ['A', `outside.default.${cluster}`],
  ['AAAA', `outside.default.${cluster}`],
  ['CNAME', `outside.default.${cluster}`],
  ['A', `chained.default.${cluster}`],
  ['A', `nowhere.default.${cluster}`],
  ['PTR', reverse(addresses.web)],
  ['PTR', reverse(addresses.pod)],
  ['PTR', reverse('192.0.2.99')],
  ['A', `${addresses.pod.replaceAll('.', '-')}.default.pod.cluster.local`],
  ['TXT', 'dns-version.cluster.local'],
  ['SOA', 'cluster.local'],
  ['NS', 'cluster.local'],
  ['A', 'db.cloud.example'],
  ['AAAA', 'db.cloud.example'],
  ['A', 'www.cloud.example'],
  ['AAAA', 'www.cloud.example'],
  ['CNAME', 'www.cloud.example'],
  ['MX', 'cloud.example'],
  ['TXT', 'cloud.example'],
  ['NS', 'cloud.example'],
  ['SOA', 'cloud.example'],
  ['A', 'cloud.example'],
  ['A', 'no-such.cloud.example'],
  ['A', 'nobody-knows.example'],
  ['A', `some.default.${cluster}`],
  ['A', `many.default.${cluster}`],
  ['SRV', `_http._tcp.some.default.${cluster}`],
];

/** Names of each kind, with what is asked of them. */
export function plainQuestions(addresses: Addresses): readonly Question[] {
  return plain(addresses).map(([type, name]) => ({ type, name }));
}

/** What a program would say, in the namespace `default`. */
export const searchedNames: readonly string[] = [
  'web',
  'web.shop',
  'web.shop.svc',
  `web.shop.${cluster}`,
  `web.shop.${cluster}.`,
  'web.',
  'shop.web',
  'localhost',
  'kubernetes',
  'named',
  'first.named',
  'outside',
  'chained',
  'nowhere',
  'db.cloud.example',
  'db.cloud.example.',
  'db',
  'cloud.example',
];

/** Each of `names`, by family and without. */
export const lookups = (names: readonly string[]): NonNullable<Questions['lookups']> =>
  names.flatMap((name) => ([0, 4, 6] as const).map((family) => ({ name, family })));

function reverse(ipv4: string): string {
  return `${ipv4.split('.').reverse().join('.')}.in-addr.arpa`;
}
