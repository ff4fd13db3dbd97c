import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { AddressPool } from '../../../src/domain/playground/address-pool.ts';

const network = (text: string): Cidr => Cidr.parse(text)!;

it('starts after the network address, and goes on from there', () => {
  const pool = new AddressPool(network('10.42.0.0/16'));
  const first = pool.take();
  pool.giveBack(first);
  expect([first, pool.take(), pool.take()].map(String)).toEqual(['10.42.0.1', '10.42.0.2', '10.42.0.3']);
});

it('crosses octets', () => {
  const pool = new AddressPool(network('10.43.0.0/16'));
  const addresses = Array.from({ length: 600 }, () => pool.take().toString());
  expect([addresses[254], addresses[255], addresses[599]]).toEqual(['10.43.0.255', '10.43.1.0', '10.43.2.88']);
});

/** `true` takes one, a number gives back that one of those held. */
const steps = fc.array(fc.oneof(fc.constant(true as const), fc.nat(20)), { maxLength: 60 });

test.prop([steps])('gives no address twice at a time, none from outside, and refuses only when all are taken', (moves) => {
  const range = network('192.0.2.64/28');
  const pool = new AddressPool(range);
  const held = new Map<string, ReturnType<AddressPool['take']>>();
  for (const move of moves) {
    if (move === true && held.size === 14) expect(() => pool.take()).toThrow(expect.objectContaining({ code: 'QUOTA_EXCEEDED' }));
    else if (move === true) {
      const address = pool.take();
      expect(range.contains(address)).toBe(true);
      expect(held.has(address.toString())).toBe(false);
      expect(['192.0.2.64', '192.0.2.79']).not.toContain(address.toString());
      held.set(address.toString(), address);
    } else {
      const address = [...held.values()][move % Math.max(1, held.size)];
      if (address) pool.giveBack(address);
      held.delete(String(address));
    }
  }
});
