import type { CompletedCommand, CompletedFlag } from './completion-model.ts';
import { shellQuote } from './shell-quote.ts';

/**
 * Two tables as `case` statements: what a flag's value may be, and which words a command takes. Needs bash 3.2, and no bash-completion:
 * bash by itself splits `--output=json` into three words.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of inpod for bash. In ~/.bashrc: source <(inpod completion bash)
_inpod_reply() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_inpod_files() {
  compopt -o filenames 2>/dev/null
  _inpod_reply < <(compgen -f -- "$1")
}

# What may stand as the value of flag $2 of command $1. Fails where $2 takes none.
_inpod_value() {
  case "$1 $2" in
${commands.flatMap((command) => command.flags.flatMap((flag) => valueCase(command, flag))).join('\n')}
  *) return 1 ;;
  esac
}

# Flags of command $1, or its operands.
_inpod_words() {
  case "$1" in
${commands.map(wordsCase).join('\n')}
  esac
}

_inpod() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} i
  COMPREPLY=()
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _inpod_reply < <(compgen -W ${shellQuote(commands.map(({ name }) => name).join(' '))} -- "$cur")
    return
  fi
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    if ((i == COMP_CWORD - 1)); then
      _inpod_reply < <(compgen -c -- "$cur")
    else
      _inpod_files "$cur"
    fi
    return
  done
  _inpod_value "$command" "$prev" || _inpod_reply < <(compgen -W "$(_inpod_words "$command" "$cur")" -- "$cur")
}

complete -F _inpod inpod
`;
}

function valueCase({ name }: CompletedCommand, { names, value }: CompletedFlag): readonly string[] {
  if (value === 'nothing') return [];
  const pattern = names.map((flag) => shellQuote(`${name} ${flag}`)).join(' | ');
  if (value === 'text') return [`  ${pattern}) ;;`];
  if (value === 'file') return [`  ${pattern}) _inpod_files "$cur" ;;`];
  return [`  ${pattern}) _inpod_reply < <(compgen -W ${shellQuote(value.join(' '))} -- "$cur") ;;`];
}

/** Flags where a dash was typed or there is nothing else; operands otherwise. */
function wordsCase({ name, flags, operands, takesCommand }: CompletedCommand): string {
  const flagWords = [...flags.flatMap((flag) => flag.names), ...(takesCommand ? ['--'] : [])].join(' ');
  if (operands.length === 0) return `  ${name}) echo ${shellQuote(flagWords)} ;;`;
  return `  ${name}) if [[ $2 == -* ]]; then echo ${shellQuote(flagWords)}; else echo ${shellQuote(operands.join(' '))}; fi ;;`;
}
