/** The targets of a skill, by the name of their executor; a workspace can give each another name. */
export const skillTargetNames = [
  'build',
  'validate',
  'serve',
  'plan',
  'deploy',
  'promote',
  'healthcheck',
  'smoke-test',
  'rollback',
  'rollout',
  'restart',
  'scale',
  'worktree',
  'merge',
  'logs',
  'profile',
] as const;

export type SkillTarget = (typeof skillTargetNames)[number];

/** The names of the targets in a workspace. */
export type TargetNames = Readonly<Record<SkillTarget, string>>;

/** `smoke-test` -> `smokeTestTargetName`: an option of the plugin, named as Nx's own plugins name theirs. */
export type TargetNameOptions = {
  readonly [T in SkillTarget as `${Camel<T>}TargetName`]?: string;
};

type Camel<T extends string> = T extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Tail>}` : T;

/** The names that the options of the plugin give to its targets. */
export function targetNamesOf(options: TargetNameOptions | undefined): TargetNames {
  const given: Readonly<Record<string, unknown>> = { ...options };
  const names = skillTargetNames.map((target) => {
    const name = given[optionOf(target)];
    return [target, typeof name === 'string' && name !== '' ? name : target];
  });
  return Object.fromEntries(names) as TargetNames;
}

/** The option that renames a target. */
export function optionOf(target: SkillTarget): string {
  return `${target.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}TargetName`;
}
