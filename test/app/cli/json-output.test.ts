import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

describe('docs/json-output.md', () => {
  it('has a line for each kind of event, and for no other', () => {
    const kinds = [...read('src/domain/session/session-event.ts').matchAll(/readonly kind: '([a-z-]+)'/g)].map(([, kind]) => kind);
    const [, table = ''] = read('docs/json-output.md').split('## Events of a session');
    const documented = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, kind]) => kind);
    expect(new Set(documented)).toEqual(new Set(['kind', ...kinds]));
    expect(documented).toHaveLength(kinds.length + 1);
  });
});
