import type { ConfigProblem } from '../config/config-problem.ts';
import type { ExplainedSetting, SettingOrigin } from '../config/explain-settings.ts';
import { redactText } from './redact.ts';
import { printable } from './printable.ts';
import { renderTable } from './render-table.ts';

/** What `inpod config show` prints of. */
export interface ShownConfig {
  readonly profile: string | undefined;
  /** Absolute, strongest first. */
  readonly files: readonly string[];
  readonly settings: readonly ExplainedSetting[];
}

/** @param format - `json`: `{"profile","files","settings":[{"key","value","from"}]}`, one line */
export function renderConfig({ profile, files, settings }: ShownConfig, format: 'text' | 'json'): string {
  const clean = settings.map(({ key, value, from }) => ({ key, value: redactValue(value), from }));
  if (format === 'json') return `${JSON.stringify({ profile: profile ?? null, files, settings: clean })}\n`;
  const rows = settings.map(({ key, value, from, meaning }) => [key, valueText(redactValue(value), meaning), originText(from)]);
  return renderTable([['SETTING', 'VALUE', 'FROM'], ...rows]);
}

/** What `inpod config check` prints. @param format - `json`: `{"ok","files","problems":[{"where","file","line","message","planned"}]}`, one line */
export function renderConfigCheck(problems: readonly ConfigProblem[], files: readonly string[], format: 'text' | 'json'): string {
  if (format === 'json') {
    const plain = problems.map(({ where, file, line, message, planned }) => ({ where, file, line, message, planned }));
    return `${JSON.stringify({ ok: problems.length === 0, files, problems: plain })}\n`;
  }
  if (problems.length === 0) return `no problems; ${files.length === 0 ? 'there is no configuration file' : `read ${files.join(', ')}`}\n`;
  const lines = problems.map(({ where, message }) => printable(`${where}: ${message}`));
  return `${lines.join('\n')}\n${problems.length === 1 ? '1 problem' : `${problems.length} problems`}\n`;
}

function redactValue(value: ExplainedSetting['value']): ExplainedSetting['value'] {
  if (typeof value === 'string') return redactText(value);
  return typeof value === 'object' && value !== null ? value.map(redactText) : value;
}

function valueText(value: ExplainedSetting['value'], meaning: string | undefined): string {
  if (value === null) return meaning === undefined ? '-' : `(${meaning})`;
  if (typeof value !== 'object') return printable(String(value)).replaceAll('\n', ' ');
  return value.length === 0 ? '-' : printable(JSON.stringify(value));
}

function originText(from: SettingOrigin): string {
  if (from.kind === 'default') return 'default';
  if (from.kind !== 'file') return from.name;
  const place = from.line === undefined ? from.file : `${from.file}:${from.line}`;
  return from.profile === undefined ? place : `${place} (profile ${from.profile})`;
}
