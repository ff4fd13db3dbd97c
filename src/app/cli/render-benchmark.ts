import { isBenchmarkFine, type BenchmarkReport, type PathReport } from '../../domain/benchmark/benchmark-report.ts';
import type { RunFigures } from '../../domain/benchmark/run-figures.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import { printable } from './printable.ts';
import { renderTable } from './render-table.ts';

/** The columns, and how many digits each has behind the point. */
const columns: readonly { readonly title: string; readonly figure: keyof RunFigures; readonly digits: number }[] = [
  { title: 'down', figure: 'downMbitPerSecond', digits: 0 },
  { title: 'up', figure: 'upMbitPerSecond', digits: 0 },
  { title: 'connects/s', figure: 'connectsPerSecond', digits: 0 },
  { title: 'p50', figure: 'requestP50Ms', digits: 2 },
  { title: 'p95', figure: 'requestP95Ms', digits: 2 },
  { title: 'p99', figure: 'requestP99Ms', digits: 2 },
  { title: 'CPU s/GB', figure: 'cpuSecondsPerGb', digits: 1 },
  { title: 'start', figure: 'startMs', digits: 0 },
];

/** What `inpod bench` prints; `json` is one line, as docs/json-output.md has it. */
export function renderBenchmark(report: BenchmarkReport, identity: ClusterIdentity, format: 'text' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(toJson(report, identity))}\n`;
  const rows = report.paths.filter(({ figures }) => figures).map(row);
  const table = rows.length === 0 ? '' : renderTable([['', ...columns.map(({ title }) => title)], ...rows]);
  const notes = report.paths.flatMap(note);
  return printable([table, ...notes.map((line) => `${line}\n`), rows.length === 0 ? '' : `\n${legend(report)}\n`].join(''));
}

function row({ name, figures }: PathReport): readonly string[] {
  return [name, ...columns.map(({ figure, digits }) => figures?.[figure]?.toFixed(digits) ?? '-')];
}

function note({ name, outcome, reason, runs }: PathReport): readonly string[] {
  if (outcome === 'measured') return [];
  if (outcome === 'unusable') return [`${name}: not measured: ${reason}`];
  return [`${name}: failed after ${runs} ${runs === 1 ? 'run' : 'runs'}: ${reason}`];
}

function legend({ rounds, measureMs }: BenchmarkReport): string {
  return [
    `Medians of ${rounds} interleaved ${rounds === 1 ? 'round' : 'rounds'}, ${measureMs / 1000} s a measurement. down, up: Mbit/s of one stream. connects/s: opened, used`,
    'once, closed, 8 side by side. p50, p95, p99: ms of a request of 128 bytes. CPU: of the path on this machine, without the measuring',
    'program. start: ms until the command runs.',
  ].join('\n');
}

function toJson(report: BenchmarkReport, { context, cluster, kubeNamespace, user }: ClusterIdentity): object {
  const { rounds, measureMs, paths } = report;
  return { ok: isBenchmarkFine(report), identity: { context, cluster, kubeNamespace, user }, rounds, measureMs, paths };
}
