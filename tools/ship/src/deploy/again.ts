import type { CommandedSkill, SkillCommand } from '../manifest/skill-place.js';
import { suffixOf } from '../runs/live-skills.js';
import type { DeployOptions } from './options.js';

/** The command lines of a skill for the platform of a run; those that deploy do what the run does: a promotion promotes. */
export function commandsAgain(
  { command }: Pick<CommandedSkill, 'command'>,
  options: DeployOptions,
): SkillCommand {
  const { from, environment } = options;
  return (target) =>
    target === 'deploy' && from !== undefined
      ? `${command('promote')} --from=${from} --to=${environment}`
      : `${command(target)}${suffixOf(options)}`;
}
