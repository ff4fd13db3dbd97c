import { expect, type Assertion } from 'vitest';
import type { InpodResult } from './run-inpod.ts';

/** As `expect(result)`; where it fails, the message has what the program said. */
export function expectRun(result: InpodResult): Assertion<InpodResult> {
  return expect(result, result.stderr);
}
