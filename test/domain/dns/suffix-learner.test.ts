import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { SuffixLearner } from '../../../src/domain/dns/suffix-learner.ts';

const taught = (...names: readonly string[]): SuffixLearner => {
  const learner = new SuffixLearner();
  for (const name of names) learner.greet(name);
  return learner;
};

describe('SuffixLearner', () => {
  it.each([
    ['no greeting', [], 'web.shop', 'none'],
    ['a greeting without a number', [], 'hellotelepresence-.office.example', 'none'],
    ['a greeting whose number is none', [], 'hellotelepresence-1a.office.example', 'none'],
    ['another prefix', [], 'goodbye-1.office.example', 'none'],
    ['a bare greeting', [], 'hellotelepresence-1', 'known'],
    ['the first with a suffix', [], 'hellotelepresence-1.office.example', 'new'],
    ['the same once more, for AAAA', ['hellotelepresence-1.office.example'], 'hellotelepresence-1.office.example', 'new'],
    ['a later one', ['hellotelepresence-1.office.example'], 'hellotelepresence-2.office.example', 'known'],
    ['a later one with another suffix', ['hellotelepresence-1.office.example'], 'hellotelepresence-2.example', 'new'],
  ] as const)('takes %s for what it is', (_what, before, name, expected) => {
    expect(taught(...before).greet(name)).toBe(expected);
  });

  it.each([
    ['nothing is known', [], 'web.office.example', undefined],
    ['a suffix is known', ['office.example'], 'web.office.example', 'web'],
    ['the stem has dots', ['office.example'], 'web.shop.office.example', 'web.shop'],
    ['the name is the suffix', ['office.example'], 'office.example', undefined],
    ['the name only ends like it', ['office.example'], 'web.backoffice.example', undefined],
    ['two fit: the longest', ['example', 'office.example'], 'web.office.example', 'web'],
    ['two fit, learnt the other way round', ['office.example', 'example'], 'web.office.example', 'web'],
  ] as const)('takes a suffix off where %s', (_what, suffixes, name, stem) => {
    const learner = taught(...suffixes.map((suffix, i) => `hellotelepresence-${i}.${suffix}`));
    expect(learner.stemOf(name)).toBe(stem);
  });

  const label = fc.stringMatching(/^[a-z0-9]{1,6}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  test.prop([fc.array(name, { maxLength: 5 }), name])(
    'gives a stem that the name is made of, with no longer suffix left out',
    (suffixes, asked) => {
      const stem = taught(...suffixes.map((suffix, i) => `hellotelepresence-${i}.${suffix}`)).stemOf(asked);
      const fitting = suffixes.filter((suffix) => asked.endsWith(`.${suffix}`));
      if (stem === undefined) expect(fitting).toEqual([]);
      else {
        const suffix = asked.slice(stem.length + 1);
        expect(suffixes).toContain(suffix);
        expect(Math.max(...fitting.map(({ length }) => length))).toBe(suffix.length);
      }
    },
  );
});
