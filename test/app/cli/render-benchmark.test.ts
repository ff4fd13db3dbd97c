import { describe, expect, it } from 'vitest';
import { renderBenchmark } from '../../../src/app/cli/render-benchmark.ts';
import { benchmarkReport } from '../../builders/benchmark-builders.ts';

const identity = { context: 'test', cluster: 'test', server: 'https://cluster.example:6443', kubeNamespace: 'shop', user: 'ann' };

describe('what inpod bench prints', () => {
  it('is a table, and why something is not in it', async () => {
    const text = renderBenchmark(benchmarkReport(), identity, 'text');
    await expect(`$ inpod bench\n${text}`).toMatchFileSnapshot('../../../docs/transcripts/bench.txt');
  });

  it('is one line of JSON', () => {
    const text = renderBenchmark(benchmarkReport(), identity, 'json');
    expect(text.split('\n')).toHaveLength(2);
    const { server: _, ...shown } = identity;
    expect(JSON.parse(text)).toMatchObject({ ok: true, identity: shown, ...benchmarkReport() });
  });
});
