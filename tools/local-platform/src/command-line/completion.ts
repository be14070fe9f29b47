import type { Command } from 'commander';
import { candidates, type HandedOn, type Names } from './candidates.js';
import { UsageError } from './usage-error.js';

export interface CompletionOptions {
  /** Names that only this machine knows, by their place: `logs app`, `report --skills`. Must be quick: the user waits. */
  names?: Readonly<Record<string, () => Promise<readonly string[]>>>;
  handedOn?: HandedOn;
}

/** Adds the command that prints a shell's completion script, and answers that script when a person presses Tab. */
export function addCompletion(program: Command, { names = {}, handedOn = {} }: CompletionOptions = {}): void {
  const shells = Object.keys(completionScripts);
  program
    .command('complete')
    .argument('<shell>', `The shell: ${shells.join(', ')}.`)
    .allowExcessArguments()
    .description('Print a script that lets a shell complete commands, options and names.')
    .addHelpText('after', helpOf(program.name()))
    .action(async (shell: string, _options, { args }: Command) => {
      const isAsked = (program as Command & { rawArgs: string[] }).rawArgs[1] === '--';
      process.stdout.write(
        isAsked
          ? lines(candidates(args, { program, names: await readNames(names), handedOn }))
          : scriptOf(program.name(), shell),
      );
    });
}

function scriptOf(name: string, shell: string): string {
  const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
  if (script) return script(name);
  throw new UsageError(`Expected one of ${Object.keys(completionScripts).join(', ')}; got "${shell}".`);
}

/** A tab separates a word from its description, as fish expects. */
function lines(found: readonly { word: string; about: string }[]): string {
  return found.map(({ word, about }) => `${word}${about === '' ? '' : `\t${about}`}\n`).join('');
}

/** Returns none where they cannot be read: an error would be printed into the line that the user types. */
async function readNames(names: NonNullable<CompletionOptions['names']>): Promise<Names> {
  const read = Object.entries(names).map(
    async ([place, list]) => [place, await list().catch(() => [])] as const,
  );
  return new Map(await Promise.all(read));
}

function helpOf(name: string): string {
  return `
In ~/.bashrc, or in ~/.zshrc with zsh in place of bash; in fish: npx ${name} complete fish | source
  alias ${name}='npx ${name}'
  eval "$(npx ${name} complete bash)"`;
}

/**
 * What a shell needs to complete the words of a program: a function that asks the program, by its command `complete`. The
 * program is found in whatever workspace the person is in, and nothing is installed for it. What is typed is passed on as it
 * is: it is never run.
 */
const completionScripts: Readonly<Record<string, (name: string) => string>> = {
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
