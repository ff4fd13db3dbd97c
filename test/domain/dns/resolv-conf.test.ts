import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childHosts, childResolvConf, parseResolvConf } from '../../../src/domain/dns/resolv-conf.ts';

describe('parseResolvConf', () => {
  it('reads servers in order, the search path, the options', () => {
    const text = 'search Shop.svc.cluster.local. svc.cluster.local\nnameserver 10.96.0.10\nnameserver fd00::a\noptions ndots:5 edns0\n';
    expect(parseResolvConf(text)).toEqual({
      nameservers: ['10.96.0.10', 'fd00::a'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local'],
      options: ['ndots:5', 'edns0'],
    });
  });

  it.each<[what: string, text: string, search: readonly string[]]>([
    ['the last search line wins', 'search a.example\nsearch b.example c.example', ['b.example', 'c.example']],
    ['a domain line is one entry', 'search a.example\ndomain b.example c.example', ['b.example']],
    ['comments', '# search a.example\n; search b.example\n#search c.example', []],
    ['tabs, spaces and carriage returns', '\tsearch\ta.example   b.example \r\n', ['a.example', 'b.example']],
  ])('%s', (_what, text, search) => {
    expect(parseResolvConf(text).search).toEqual(search);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseResolvConf(text)));
  });
});

describe('childResolvConf', () => {
  it('has the pod’s search path and options, and one server', () => {
    const pod = parseResolvConf('nameserver 10.96.0.10\nsearch a.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1\n');
    expect(childResolvConf(pod, '198.19.255.53')).toBe(
      'nameserver 198.19.255.53\nsearch a.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1\n',
    );
  });

  it('has no empty lines', () => {
    expect(childResolvConf(parseResolvConf(''), '198.19.255.53')).toBe('nameserver 198.19.255.53\n');
  });

  it('keeps a search path that is the root alone: without it the resolver would take the host name’s domain', () => {
    expect(childResolvConf(parseResolvConf('search .\n'), '198.19.255.53')).toBe('nameserver 198.19.255.53\nsearch .\n');
  });

  it('is read as the pod’s file is, but for the server', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,9}$/);
    const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
    const conf = fc.record({
      nameservers: fc.constant(['10.96.0.10']),
      search: fc.array(domain, { maxLength: 4 }),
      options: fc.array(label, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(conf, (pod) => {
        expect(parseResolvConf(childResolvConf(pod, '198.19.255.53'))).toEqual({ ...pod, nameservers: ['198.19.255.53'] });
      }),
    );
  });
});

describe('childHosts', () => {
  const host = { name: 'host.inpod.internal', address: '198.19.255.1' };

  it.each(['', '127.0.0.1\tlocalhost\n', '127.0.0.1\tlocalhost'])(
    'is the pod’s file %j and the laptop, each on a line of its own',
    (own) => {
      const lines = childHosts(own, host).split('\n');
      expect(lines.slice(0, -3)).toEqual(own.split('\n').filter((line) => line !== ''));
      expect(lines.slice(-2)).toEqual(['198.19.255.1\thost.inpod.internal', '']);
    },
  );
});
