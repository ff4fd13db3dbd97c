import { expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { GrowingRanges } from '../../../src/domain/routes/growing-ranges.ts';

const cidr = (text: string): Cidr => Cidr.parse(text)!;

it('GrowingRanges has what is found, in as few networks as hold it', () => {
  const ranges = new GrowingRanges([cidr('10.96.0.0/16'), cidr('10.244.0.6')]);
  expect([ranges.add(cidr('10.96.7.7')), ranges.add(cidr('10.244.0.7')), ranges.add(cidr('10.244.0.7'))]).toEqual([false, true, false]);
  expect(ranges.cover.map(String)).toEqual(['10.96.0.0/16', '10.244.0.6/31']);
});
