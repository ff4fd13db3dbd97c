/** `text` without control characters but newline: what a cluster says must not drive the terminal (ECMA-48 escape sequences). */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\t/g, ' ').replace(/[^\n\P{Cc}]/gu, '\ufffd'); // prettier-ignore
}

/** `823 ms`, `4.2 s`, `5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(1))} s`;
  return `${Math.round(ms / 60_000)} min`;
}
