import { expect, it } from 'vitest';
import { nearest } from '../../../src/app/config/nearest.ts';

it.each([
  ['rnu', 'run'],
  ['RUN', 'run'],
  ['restor', 'restore'],
  ['envExlude', 'envExclude'],
  ['xyz', undefined],
  ['', undefined],
])('%s is near %s', (word, expected) => {
  expect(nearest(word, ['run', 'restore', 'help', 'envExclude'])).toBe(expected);
});
