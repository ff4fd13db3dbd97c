import { describe, expect, it } from 'vitest';
import { plotBenchmark } from '../../../src/domain/benchmark/benchmark-plot.ts';
import { benchmarkReport, runFigures } from '../../builders/benchmark-builders.ts';

/** Lengths of the bars of a class, in the order of the panels. */
const bars = (svg: string, kind: string): number[] =>
  [...svg.matchAll(new RegExp(`<rect class="${kind}"[^>]* width="([\\d.]+)"`, 'g'))].map(([, length]) => Number(length));

describe('plotBenchmark', () => {
  it('has a bar for each measured path and measure, the longest as long as there is room', () => {
    const svg = plotBenchmark(benchmarkReport());
    expect(bars(svg, 'backend')[0]).toBe(190);
    expect(bars(svg, 'peer')[0]).toBe(380);
    expect(bars(svg, 'backend')).toHaveLength(7);
    expect(svg).not.toContain('sshuttle');
  });

  it('is a document of both themes', () => {
    const svg = plotBenchmark(benchmarkReport());
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+" height="\d+"/);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.endsWith('</svg>\n')).toBe(true);
  });

  it('says what is not known, and escapes names', () => {
    const figures = runFigures({ cpuSecondsPerGb: undefined });
    const paths = [{ name: '<a & "b">', kind: 'peer', outcome: 'measured', runs: 1, figures }] as const;
    const svg = plotBenchmark({ rounds: 1, measureMs: 100, paths });
    expect(svg).toContain('not known');
    expect(svg).toContain('&lt;a &amp; &quot;b&quot;&gt;');
  });

  it('draws nothing of nothing, without a figure that is none', () => {
    const svg = plotBenchmark({ rounds: 1, measureMs: 100, paths: [] });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
