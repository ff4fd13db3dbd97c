import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/app/cli/parse-command-line.ts';

describe('inpod bench', () => {
  it('has defaults', () => {
    expect(parseCommandLine(['bench'])).toMatchObject({
      kind: 'bench',
      bench: { rounds: 5, measureMs: 1000, plot: undefined, only: undefined },
      flags: {},
    });
  });

  it('takes its own flags from the settings', () => {
    const words = ['bench', '-n', 'shop', '--rounds', '2', '--duration', '0.25', '--plot', 'a.svg', '--backend', 'tun'];
    expect(parseCommandLine(words)).toMatchObject({
      bench: { rounds: 2, measureMs: 250, plot: 'a.svg', only: 'tun' },
      flags: { namespace: 'shop', backend: 'tun' },
    });
  });

  it('measures all backends by auto', () => {
    expect(parseCommandLine(['bench', '--backend', 'auto'])).toMatchObject({ bench: { only: undefined } });
  });

  it.each([
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--rounds', '101'],
    ['--rounds', 'many'],
    ['--duration', '0'],
    ['--duration', '-1'],
    ['--duration', '1e1'],
  ])('refuses %s %s', (flag, value) => {
    expect(() => parseCommandLine(['bench', `${flag}=${value}`])).toThrow(expect.objectContaining({ code: 'FLAG_INVALID' }));
  });

  it('takes no words', () => {
    expect(() => parseCommandLine(['bench', 'tun'])).toThrow();
  });
});
