import type { CompletedCommand, CompletedFlag } from './completion-model.ts';
import { shellQuote } from './shell-quote.ts';

/** One function, an `_arguments` call for each command. Works sourced, and as the file `_inpod` in a folder of `$fpath`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef inpod
# Completion of inpod for zsh. In ~/.zshrc, after compinit: source <(inpod completion zsh)
_inpod() {
  local curcontext="$curcontext" dashes
  local -a state line inpod_commands
  inpod_commands=(
${commands.map(({ name, summary }) => `    ${shellQuote(`${name}:${summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command inpod_commands
    return
  fi
  # What follows "--" is a command line of its own.
  dashes=\${words[(i)--]}
  if (( dashes < CURRENT )); then
    words=("\${(@)words[dashes + 1,-1]}")
    (( CURRENT -= dashes ))
    _normal
    return
  fi
  shift words
  (( CURRENT -= 1 ))
  case $words[1] in
${commands.map(commandCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _inpod ]]; then
  _inpod "$@"
else
  compdef _inpod inpod
fi
`;
}

function commandCase({ name, flags, operands }: CompletedCommand): string {
  const specs = [...flags.map(flagSpec), ...(operands.length === 0 ? [] : [shellQuote(`1: :(${operands.join(' ')})`)])];
  return `    ${name})\n      _arguments -s ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}\n      ;;`;
}

/** `'(-n --namespace)'{-n,--namespace=}'[help]:NAME: '`, as zshcompsys(1) has it under `_arguments`. */
function flagSpec({ names, value, valueName, help, repeatable }: CompletedFlag): string {
  const exclusion = repeatable ? '*' : `(${names.join(' ')})`;
  const text = `[${help.replace(/[\\[\]:]/g, '\\$&')}]${valueSpec(value, valueName)}`;
  const spelled = names.map((name) => (name.startsWith('--') && value !== 'nothing' ? `${name}=` : name));
  const [only = ''] = spelled;
  if (spelled.length === 1) return shellQuote(`${exclusion}${only}${text}`);
  return `${shellQuote(exclusion)}{${spelled.join(',')}}${shellQuote(text)}`;
}

function valueSpec(value: CompletedFlag['value'], valueName: string): string {
  if (value === 'nothing') return '';
  const message = valueName.replace(/[\\:]/g, '\\$&');
  if (value === 'text') return `:${message}: `;
  return value === 'file' ? `:${message}:_files` : `:${message}:(${value.join(' ')})`;
}
