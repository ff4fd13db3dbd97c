import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const dist = join(import.meta.dirname, '../../dist');
const optionsOf = (program: string): readonly string[] =>
  /^#!\/usr\/bin\/env -S node (.*)--\n/
    .exec(readFileSync(join(dist, `${program}.js`), 'utf8'))?.[1]
    ?.split(' ')
    .filter(Boolean) ?? ['none'];

/** Says whether V8 takes the code cache of the bundle that it is given. */
const takes = `
  const { readFileSync } = require('node:fs');
  const [bundle] = process.argv.slice(1);
  const { cachedDataRejected } = new (require('node:vm').Script)(readFileSync(bundle, 'utf8'), { filename: bundle, cachedData: readFileSync(bundle + '.cache') });
  console.log(cachedDataRejected ? 'rejected' : 'taken');
`;

describe('a program as it is built', () => {
  it.each([
    ['inpod', ['--initial-old-space-size=256']],
    ['watchdog', []],
  ])('starts %s with its options, with which its code cache was made', (program, options) => {
    expect(optionsOf(program)).toEqual(options);
    const bundle = join(dist, `${program}.bundle.js`);
    expect(execFileSync(process.execPath, [...options, '-e', takes, bundle], { encoding: 'utf8' })).toBe('taken\n');
  });
});
