/** `text` without control characters but newline: what a cluster says must not drive the terminal (ECMA-48 escape sequences). */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\t/g, ' ').replace(/[^\n\P{Cc}]/gu, '\ufffd'); // prettier-ignore
}

/** `823 ms`, `4.2 s`, `5 min`, `3 h`, `4 d`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/** `812 B`, `4.2 kB`, `1.3 GB`: powers of 1000. */
export function byteSize(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3));
  return `${Number((count / 1000 ** power).toFixed(1))} ${units[power]}`;
}
