import { describe } from 'vitest';
import { describeE2e, runsAsRoot } from './e2e-environment.ts';
import type { InpodRun } from './run-inpod.ts';
import { checkLeaks } from './leak-check.ts';

/** A group of end-to-end tests, once as an ordinary user without any right and once as root, with a leak check after each test. */
export function describeForLaptopUsers(name: string, tests: (as: NonNullable<InpodRun['as']>) => void): void {
  describeE2e(name, () => {
    checkLeaks('last');
    describe('as an ordinary user', () => tests('ordinary'));
    describe.skipIf(!runsAsRoot)('as root', () => tests('root'));
  });
}
