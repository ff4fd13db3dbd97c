import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/app/cli/parse-command-line.ts';
import { renderPlaygroundEvent, type PlaygroundEvent } from '../../../src/app/cli/render-playground.ts';

const ready: PlaygroundEvent = {
  kind: 'playground-ready',
  kubeNamespace: 'shop',
  services: [{ name: 'web', about: 'the shop', address: '10.43.0.4' }],
};

describe('what a playground tells', () => {
  it('is what there is, and the first commands to try', () => {
    const lines = renderPlaygroundEvent(ready, 'text').split('\n');
    expect(lines[0]).toMatch(/^inpod: the playground is ready/);
    expect(lines[1]).toBe('  http://web      10.43.0.4    the shop');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}inpod run --context playground -- curl -s http:\/\/web {2,}\S/));
    expect(lines.slice(-2)).toEqual(['Ctrl-C ends it, and leaves nothing.', '']);
  });

  it('is one object a line as JSON', () => {
    expect(JSON.parse(renderPlaygroundEvent(ready, 'json'))).toEqual(ready);
    expect(renderPlaygroundEvent({ kind: 'playground-ended' }, 'json')).toBe('{"kind":"playground-ended"}\n');
  });
});

describe('inpod playground', () => {
  it('takes a form of output and a configuration file', () => {
    expect(parseCommandLine(['playground'])).toEqual({ kind: 'playground', flags: {}, configFile: undefined });
    expect(parseCommandLine(['playground', '-o', 'json', '-c', 'x.yaml'])).toEqual({
      kind: 'playground',
      flags: { output: 'json' },
      configFile: 'x.yaml',
    });
  });

  it.each([[['playground', 'shop']], [['playground', '--', 'curl']]])('%j is refused by the word', (argv) => {
    expect(() => parseCommandLine(argv)).toThrow(
      expect.objectContaining({ code: 'FLAG_INVALID', message: expect.stringContaining(argv.at(-1) ?? '') }),
    );
  });
});
