import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPodName, sessionIdFrom } from '../../../src/domain/session/session-plan.ts';

describe('sessionIdFrom', () => {
  it('is five letters and digits, a letter first', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 5, maxLength: 5 }), (random) => /^[a-z][a-z0-9]{4}$/.test(sessionIdFrom(random))));
  });

  it('differs for different bytes', () => {
    const ids = new Set(Array.from({ length: 26 }, (_, i) => sessionIdFrom(Uint8Array.of(i, 1, 2, 3, 4))));
    expect(ids.size).toBe(26);
  });
});

describe('defaultPodName', () => {
  it.each<[user: string, folder: string, name: string]>([
    ['ann', 'shop', 'inpod-ann-shop-abcde'],
    ['Ann.B', 'My Shop', 'inpod-ann-b-my-shop-abcde'],
    ['ann', '', 'inpod-ann-abcde'],
    ['', '', 'inpod-abcde'],
    ['äöü', '日本', 'inpod-abcde'],
    ['-ann-', '.config', 'inpod-ann-config-abcde'],
  ])('of %j in %j is %s', (user, folder, name) => {
    expect(defaultPodName(user, folder, 'abcde')).toBe(name);
  });

  it('is always a DNS label', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 80 }), (user, folder) => {
        const name = defaultPodName(user, folder, 'abcde');
        expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
        expect(name.length).toBeLessThanOrEqual(63);
        expect(name.endsWith('-abcde')).toBe(true);
      }),
    );
  });
});
