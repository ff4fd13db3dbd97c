/** What the scripts of this folder share: options, words, the middle of figures, the report. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The scripts' folder, with a slash. */
export const here = fileURLToPath(new URL('.', import.meta.url));

/** The program that is measured. */
export const inpod = fileURLToPath(new URL('../../dist/inpod.js', import.meta.url));

/** @param own - further options, as `parseArgs` takes them */
export function benchOptions(own) {
  const common = { json: { type: 'boolean' }, runs: { type: 'string', default: '5' }, namespace: { type: 'string', default: 'default' } };
  const { values } = parseArgs({ options: { ...common, ...own } });
  const say = (text) => void (values.json || process.stderr.write(`${text}\n`));
  return { options: values, runs: Number(values.runs), say };
}

/** The middle value; of an even number the lower of the two. */
export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}
