import { describe, expect, it } from 'vitest';
import { limitBeforeNode, parseOpenFilesLimits } from '../../../src/adapters/host/open-files-limit.ts';

describe('limitBeforeNode', () => {
  const raised = { soft: 1_048_576, hard: 1_048_576 };

  it.each([
    ['a shell with the usual limit', raised, { soft: 1024, hard: 1_048_576 }, 1024],
    ['npm, which is Node and had raised its own', raised, raised, undefined],
    ['a shell, for `prlimit --nofile=4096 inpod`', { soft: 4096, hard: 4096 }, { soft: 1024, hard: 1_048_576 }, undefined],
    ['init, with more', { soft: 4096, hard: 4096 }, { soft: 1_073_741_816, hard: 1_073_741_816 }, undefined],
    ['a shell, where Node could not raise it', { soft: 1024, hard: Infinity }, { soft: 512, hard: Infinity }, undefined],
    ['nobody that can be read', raised, undefined, undefined],
  ])('of a caller that is %s', (_, own, caller, limit) => {
    expect(limitBeforeNode(own, caller)).toBe(limit);
  });
});

it('reads /proc/PID/limits', () => {
  const line = (soft: string, hard: string): string =>
    `Max processes  1  2  processes\nMax open files            ${soft}   ${hard}   files     \n`;
  expect(parseOpenFilesLimits(line('1024', '524288'))).toEqual({ soft: 1024, hard: 524_288 });
  expect(parseOpenFilesLimits(line('1024', 'unlimited'))).toEqual({ soft: 1024, hard: Infinity });
  expect(parseOpenFilesLimits('')).toBeUndefined();
});
