import { describe, expect, it } from 'vitest';
import { searchCandidates } from '../../../src/domain/dns/search-candidates.ts';

const search = ['shop.svc', 'svc'];

describe('searchCandidates', () => {
  it.each<[name: string, options: readonly string[], candidates: readonly string[]]>([
    ['db', ['ndots:5'], ['db.shop.svc', 'db.svc', 'db']],
    ['db.a', ['ndots:5'], ['db.a.shop.svc', 'db.a.svc', 'db.a']],
    ['db.a', ['ndots:1'], ['db.a', 'db.a.shop.svc', 'db.a.svc']],
    ['db.a', [], ['db.a', 'db.a.shop.svc', 'db.a.svc']],
    ['db', [], ['db.shop.svc', 'db.svc', 'db']],
    ['db', ['ndots:0'], ['db', 'db.shop.svc', 'db.svc']],
    ['db.a.', ['ndots:5'], ['db.a']],
    ['a.b.c', ['ndots:5', 'timeout:1', 'ndots:2'], ['a.b.c', 'a.b.c.shop.svc', 'a.b.c.svc']],
  ])('%s with %j', (name, options, candidates) => {
    expect(searchCandidates(name, { search, options })).toEqual(candidates);
  });

  it('takes the root in a search path for the name as it is', () => {
    expect(searchCandidates('db', { search: [''], options: [] })).toEqual(['db', 'db']);
  });
});
