import { expect, it } from 'vitest';
import { parseHosts } from '../../../src/domain/dns/hosts-file.ts';

it.each([
  ['a name', '10.0.0.1 web', { web: ['10.0.0.1'] }],
  ['names in any case, with a comment', '10.0.0.1\tWeb  db # both', { web: ['10.0.0.1'], db: ['10.0.0.1'] }],
  ['a name of two lines', '10.0.0.1 web\nfd00::1 web', { web: ['10.0.0.1', 'fd00::1'] }],
  ['nothing of the machine itself', '127.0.0.1 localhost\n::1 localhost ip6-loopback', {}],
  ['no groups', 'ff02::1 ip6-allnodes\n224.0.0.1 all', {}],
  ['no line that is none', '# 10.0.0.1 web\n\nnonsense web\n10.0.0.1', {}],
])('hosts(5) gives %s', (_what, text, expected) => {
  const shown = [...parseHosts(text)].map(([name, addresses]) => [name, addresses.map(String)]);
  expect(Object.fromEntries(shown)).toEqual(expected);
});
