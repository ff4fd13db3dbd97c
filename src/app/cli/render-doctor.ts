import { findingAreas, type Finding } from '../use-cases/finding.ts';
import { printable } from './printable.ts';
import { redactText } from './redact.ts';

const headings: Readonly<Record<Finding['area'], string>> = {
  machine: 'This machine',
  backend: 'Backends',
  cluster: 'Cluster',
  sessions: 'Sessions',
};

/** What `inpod doctor` prints. @param format - `json`: `{"ok","findings":[{"area","check","verdict","summary","fix"}]}`, one line */
export function renderDoctor(findings: readonly Finding[], format: 'text' | 'json'): string {
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  if (format === 'json') return `${redactText(JSON.stringify({ ok: problems === 0, findings }))}\n`;
  const parts = findingAreas.flatMap((area) => {
    const ofArea = findings.filter((finding) => finding.area === area);
    return ofArea.length === 0 ? [] : [`${headings[area]}\n${ofArea.flatMap(lines).join('\n')}`];
  });
  return redactText(`${[...parts, verdict(problems)].join('\n\n')}\n`);
}

function verdict(problems: number): string {
  if (problems === 0) return 'No problem: inpod run should work.';
  return problems === 1 ? '1 problem.' : `${problems} problems.`;
}

/** `  fine     tun: works here`, and below it what fixes it. */
function lines({ check, verdict: word, summary, fix }: Finding): readonly string[] {
  const indent = ' '.repeat(11);
  const text = `${check}: ${printable(summary)}`.replaceAll('\n', `\n${indent}`);
  const first = `  ${word.padEnd(indent.length - 2)}${text}`;
  return fix === undefined || word === 'fine' ? [first] : [first, `${indent}fix: ${printable(fix).replaceAll('\n', `\n${indent}`)}`];
}
