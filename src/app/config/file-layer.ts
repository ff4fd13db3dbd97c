import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ConfigLayer } from './check-layer.ts';
import type { ConfigProblem } from './config-problem.ts';

/** A layer that could be read so far, and what couldn't. */
export interface ReadLayer {
  readonly layer: ConfigLayer;
  readonly problems: readonly ConfigProblem[];
}

/** A configuration file's content. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Reads one YAML file, all scalars as text. An empty file says nothing. */
export function readFileLayer(kind: 'user' | 'project', file: ConfigFile): ReadLayer {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { schema: 'failsafe', prettyErrors: true, lineCounter: lines });
  const layer = { layer: kind, file: file.path, baseFolder: file.path.replace(/\/[^/]*$/, '') || '/' };
  const unread = (problems: readonly ConfigProblem[]): ReadLayer => ({ layer: { ...layer, values: {} }, problems });
  if (document.errors.length > 0) {
    return unread(document.errors.map((error) => problem(layer, error.message.split(' at line ')[0] ?? '', error.linePos?.[0].line)));
  }
  try {
    const values: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
    const lineOf: ConfigLayer['lineOf'] = (path) => lineAt(document, lines, path);
    return { layer: { ...layer, values: values === '' ? {} : values, lineOf }, problems: [] };
  } catch (error) {
    return unread([problem(layer, error instanceof Error ? error.message : String(error))]);
  }
}

function problem({ layer, file }: { layer: 'user' | 'project'; file: string }, message: string, line?: number): ConfigProblem {
  return { layer, where: line === undefined ? file : `${file}:${line}`, file, line, message, planned: false };
}

/** Follows `path` as far as the document goes; an alias ends the way. */
function lineAt(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    const step = stepInto(node, part);
    if (!step) break;
    [offset, node] = [step.offset ?? offset, step.node];
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function stepInto(node: unknown, part: PropertyKey): { readonly offset: number | undefined; readonly node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    return pair && { offset: (pair.key as Node).range?.[0], node: pair.value };
  }
  if (!isSeq(node) || typeof part !== 'number') return undefined;
  const item = node.items[part] as Node | undefined;
  return item && { offset: item.range?.[0], node: item };
}
