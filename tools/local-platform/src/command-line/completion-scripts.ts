/**
 * What a shell needs to complete the words of a program: a function that asks the program, by its command `complete`. The
 * program is found in whatever workspace the person is in, and nothing is installed for it. What is typed is passed on as it
 * is: it is never run.
 */
export const completionScripts: Readonly<Record<string, (name: string) => string>> = {
  // https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html; works with bash 3.2 of macOS, too.
  bash: (name) => `_complete_${functionName(name)}() {
  local line=\${COMP_LINE:0:COMP_POINT} words word
  local current=\${line##*[[:space:]]}
  read -ra words <<<"$line"
  [[ -z $current ]] && words+=('')
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    # A shell that breaks words at "=" replaces only what follows it.
    [[ $current == *=* ]] && word=\${word#*=}
    COMPREPLY+=("$word")
  done < <(npx --no -- ${name} complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _complete_${functionName(name)} ${name}
`,
  // https://zsh.sourceforge.io/Doc/Release/Completion-System.html
  zsh: (name) => `autoload -Uz compinit && (( $+functions[compdef] )) || compinit
_complete_${functionName(name)}() {
  local -a lines
  lines=("\${(@f)$(npx --no -- ${name} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- \${lines%%$'\\t'*}
}
compdef _complete_${functionName(name)} ${name}
`,
  // https://fishshell.com/docs/current/cmds/complete.html
  fish: (name) =>
    `complete -c ${name} -f -a '(npx --no -- ${name} complete -- (commandline -opc)[2..-1] "$(commandline -ct)" 2>/dev/null)'\n`,
};

function functionName(name: string): string {
  return name.replaceAll('-', '_');
}
