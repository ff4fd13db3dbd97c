import { describe, expect, it } from 'vitest';
import { isWrapperShell } from '../../../src/adapters/host/wrapper-shell.ts';

describe('isWrapperShell', () => {
  it.each([
    ["'inpod' run -- sleep 5"],
    ['inpod run'],
    ["inpod run -- curl 'http://web?a=1&b=2'"],
    ['/opt/inpod/dist/inpod.js playground'],
    ["'inpod' run -- 'sh' '-c' 'sleep 5; echo done'"],
  ])('knows %s', (script) => {
    expect(isWrapperShell(['sh', '-c', script, ''])).toBe(true);
  });

  it.each([
    ['in the background', ['sh', '-c', 'inpod run -- sleep 5 &']],
    ['in the background behind a quote', ['sh', '-c', "inpod run -- sleep '5' & disown"]],
    ['among other commands', ['sh', '-c', 'inpod run; echo done']],
    ['in a pipe', ['sh', '-c', 'inpod run | tee log']],
    ['by a variable', ['sh', '-c', 'inpod run -- $COMMAND']],
    ['by another command', ['sh', '-c', 'nohup inpod run']],
    ['from a script file', ['sh', './start.sh', 'inpod']],
    ['from an interactive shell', ['bash']],
    ['from a login shell', ['-bash']],
    ['by npm itself', ['npm exec inpod run', '', '']],
    ['by nobody who can be read', []],
  ])('takes inpod %s for something that may outlive its parent', (_, argv) => {
    expect(isWrapperShell(argv)).toBe(false);
  });
});
