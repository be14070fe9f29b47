import { runner } from '@odoobo/machine/package-manager';
import type { Placement } from '../placement/placement.js';
import type { SkillTarget } from './target-names.js';

/** A skill of a workspace: where it is, and what it is called. */
export interface SkillPlace {
  workspaceRoot: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  /** The name of its app: the `id` of its manifest, except in a placement. */
  skill: string;
  /** Undefined for the app that a skill has without a file of placements. */
  placement?: Placement | undefined;
  /** The command line of one of its targets. The Nx project may have another name: `npx nx deploy @acme/orders`. */
  command: SkillCommand;
}

/** The `id` of the manifest of a skill, wherever it is placed: its branch is skill/<id>. */
export function idOf({ skill, placement }: Pick<SkillPlace, 'skill' | 'placement'>): string {
  return placement?.of ?? skill;
}

export type SkillCommand = (target: SkillTarget) => string;

/** A skill by its name, with its command lines. */
export type CommandedSkill = Pick<SkillPlace, 'skill' | 'command'>;

/**
 * The command lines of a skill, by its name.
 * @param suffix options at the end of each, such as ` -c production`
 */
export function commandOf(places: readonly CommandedSkill[], skill: string, suffix = ''): SkillCommand {
  const { command = (target: SkillTarget) => `${runner} nx ${target} ${skill}` } =
    places.find((one) => one.skill === skill) ?? {};
  return (target) => `${command(target)}${suffix}`;
}
