import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { readNxCommand } from '../hooks/nx-command.js';
import { optionIssues, optionsOf } from '../hooks/option-issues.js';

/**
 * Checks the options that a command passes on to a target, before the command does anything itself.
 * @throws UsageError with every option that neither Nx nor the target has, and every value that is none
 */
export function checkHandedOn(target: string, args: readonly string[]): void {
  const { options, words } = readNxCommand(['run-many', `--targets=${target}`, ...args]) ?? {
    options: {},
    words: [],
  };
  const [word] = words;
  if (word !== undefined)
    throw new UsageError(
      `${target} takes no "${words.join(' ')}".\nIf it is a skill: ${runner} nx run-many -t ${target} -p ${words.join(',')}`,
    );
  const issues = optionIssues(optionsOf(target), options, {});
  if (issues.length === 0) return;
  throw new UsageError(
    `The options of "${target}" are wrong:\n${issues.map((one) => `  ${one}`).join('\n')}`,
  );
}
