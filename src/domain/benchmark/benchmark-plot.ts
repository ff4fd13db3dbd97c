import type { BenchmarkReport, PathReport } from './benchmark-report.ts';
import type { RunFigures } from './run-figures.ts';

/** One group of bars. */
interface Panel {
  readonly title: string;
  readonly figure: keyof RunFigures;
  readonly digits: number;
}

const panels: readonly Panel[] = [
  { title: 'Down, Mbit/s (more is better)', figure: 'downMbitPerSecond', digits: 0 },
  { title: 'Up, Mbit/s (more is better)', figure: 'upMbitPerSecond', digits: 0 },
  { title: 'Connections a second (more is better)', figure: 'connectsPerSecond', digits: 0 },
  { title: 'Small request, p50 in ms (less is better)', figure: 'requestP50Ms', digits: 2 },
  { title: 'Small request, p95 in ms (less is better)', figure: 'requestP95Ms', digits: 2 },
  { title: 'Small request, p99 in ms (less is better)', figure: 'requestP99Ms', digits: 2 },
  { title: 'CPU seconds per GB on this machine (less is better)', figure: 'cpuSecondsPerGb', digits: 1 },
];

/** Sizes in pixels. */
const [nameWidth, barWidth, valueWidth, margin] = [170, 380, 90, 16];
const [barHeight, barPitch, titleHeight, panelGap] = [16, 22, 26, 14];
const width = margin + nameWidth + barWidth + valueWidth + margin;

/** Colours of both themes: a viewer that tells which one it has gets that one, every other one the light one on its own ground. */
const style = `
  svg { --ground: #ffffff; --text: #1f2328; --faint: #59636e; --backend: #1f6feb; --peer: #8c959f }
  @media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --text: #e6edf3; --faint: #9198a1; --backend: #4493f8; --peer: #6e7681 } }
  .ground { fill: var(--ground) } text { fill: var(--text); font: 13px system-ui, sans-serif } .title { font-weight: 600 } .faint { fill: var(--faint) }
  .backend { fill: var(--backend) } .peer { fill: var(--peer) } .value { font-variant-numeric: tabular-nums }
`;

/** Bars per path and measure, as SVG. @returns a whole document, newline at its end; the same report gives the same text */
export function plotBenchmark(report: BenchmarkReport): string {
  const measured = report.paths.filter(({ figures }) => figures !== undefined);
  const parts: string[] = [];
  let y = margin;
  for (const panel of panels) {
    parts.push(`<text class="title" x="${margin}" y="${y + 14}">${escape(panel.title)}</text>`);
    y += titleHeight;
    parts.push(...measured.map((path, i) => bar(path, panel, { most: mostOf(measured, panel), y: y + i * barPitch })));
    y += measured.length * barPitch + panelGap;
  }
  const footer = `inpod bench: medians of ${report.rounds} interleaved rounds, ${report.measureMs / 1000} s a measurement`;
  parts.push(`<text class="faint" x="${margin}" y="${y + 12}">${escape(footer)}</text>`);
  const height = y + 12 + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(footer)}</title>`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function mostOf(paths: readonly PathReport[], { figure }: Panel): number {
  return Math.max(0, ...paths.map(({ figures }) => figures?.[figure] ?? 0));
}

function bar({ name, kind, figures }: PathReport, { figure, digits }: Panel, place: { readonly most: number; readonly y: number }): string {
  const value = figures?.[figure];
  const length = value === undefined || place.most === 0 ? 0 : (value / place.most) * barWidth;
  const [x, baseline] = [margin + nameWidth, place.y + 13];
  return [
    `<text x="${margin}" y="${baseline}">${escape(name)}</text>`,
    `<rect class="${kind}" x="${x}" y="${place.y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
    `<text class="value" x="${(x + length + 6).toFixed(1)}" y="${baseline}">${value === undefined ? 'not known' : value.toFixed(digits)}</text>`,
  ].join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
