import type { CompletedCommand, CompletedFlag } from './completion-model.ts';
import { fishQuote } from './shell-quote.ts';

/** One `complete` line for each command, flag and operand list. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of inpod for fish. Once: inpod completion fish > ~/.config/fish/completions/inpod.fish
function __inpod_is
    set -l words (commandline -opc)
    not contains -- -- $words; and test "$words[2]" = "$argv[1]"
end

# What follows "--" is a command line of its own.
function __inpod_command_line
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    set -l before (string escape -- $words[(math $dashes + 1)..-1])
    complete -C (string join ' ' -- $before (commandline -ct))
end

complete -c inpod -f
complete -c inpod -n 'contains -- -- (commandline -opc)' -a '(__inpod_command_line)'
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines(command: CompletedCommand): readonly string[] {
  const { name, summary, flags, operands } = command;
  const here = `complete -c inpod -n ${fishQuote(`__inpod_is ${name}`)}`;
  return [
    `complete -c inpod -n '__inpod_is ""' -a ${fishQuote(name)} -d ${fishQuote(summary)}`,
    ...flags.map((flag) => `${here}${flagWords(flag)} -d ${fishQuote(flag.help)}`),
    ...(operands.length === 0 ? [] : [`${here} -a ${fishQuote(operands.join(' '))}`]),
  ];
}

function flagWords({ names, value }: CompletedFlag): string {
  const spelled = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join('');
  if (value === 'nothing') return spelled;
  if (value === 'text') return `${spelled} -x`;
  return value === 'file' ? `${spelled} -r -F` : `${spelled} -x -a ${fishQuote(value.join(' '))}`;
}
