import { commands } from './command-table.ts';

const ownCommands = commands.map(({ name }) => name).join('|');

/**
 * The commands of ours that hints and examples name, as this user calls us: who started us by `npx inpod` may have no `inpod`.
 * @param text - whole lines; only hints and what is indented, below a hint or a list, are changed
 */
export function asCalled(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (environment['npm_lifecycle_event'] !== 'npx') return text;
  return text.replaceAll(/^\r?(hint: | +).*$/gm, (line) =>
    line.replaceAll(new RegExp(`(?<![\\w/.-])(?<!npx )inpod (?=(${ownCommands})\\b)`, 'g'), 'npx inpod '),
  );
}
