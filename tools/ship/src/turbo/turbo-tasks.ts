import { outputFolder, recordFile } from '../manifest/output-folder.js';

/** A skill that is a package of the workspace. */
export interface TurboPackage {
  /** Of its package.json: Turborepo knows it by this name. */
  name: string;
  skill: string;
  dependencies: readonly string[];
  /** The script that makes what is shipped. */
  buildTarget?: string | undefined;
  appSpec: string;
}

/** The scripts of a skill. */
export const skillScripts = {
  image: 'odoobo build --only',
  validate: 'odoobo validate',
  deploy: 'odoobo deploy --only',
  healthcheck: 'odoobo healthcheck',
  'smoke-test': 'odoobo smoke-test',
};

/** Runs nothing. Through it, a task changes with the files of the packages that its own depends on. */
const transit = 'transit';

/** What Turborepo's own starters call the build of a package. */
const build = { dependsOn: ['^build'], outputs: ['dist/**'] };

/** Deploys need the variables of App Specs and of the platform: without this, Turborepo would pass on next to none. */
const live = { cache: false, passThroughEnv: ['*'] };

/** The tasks of `turbo.json`: those of all skills, and those of skills that differ, by name. */
export function turboTasks(packages: readonly TurboPackage[]): Record<string, object> {
  const names = new Map(packages.map(({ skill, name }) => [skill, name]));
  const own = packages.flatMap(({ name, skill, dependencies, buildTarget, appSpec }) => [
    [
      `${name}#validate`,
      { dependsOn: [transit], inputs: ['$TURBO_DEFAULT$', `$TURBO_ROOT$/${appSpec}`], outputs: [] },
    ],
    ...(buildTarget === undefined ? [] : [[`${name}#image`, image(buildTarget)]]),
    ...(dependencies.length === 0
      ? []
      : [[`${name}#deploy`, { dependsOn: ['image', ...dependencies.map(deployOf(names, skill))], ...live }]]),
  ]);
  return {
    [transit]: { dependsOn: [`^${transit}`] },
    build,
    image: image(undefined),
    validate: { dependsOn: [transit] },
    deploy: { dependsOn: ['image'], ...live },
    healthcheck: live,
    'smoke-test': live,
    ...(Object.fromEntries(own) as Record<string, object>),
  };
}

function image(buildTarget: string | undefined): object {
  const folder = outputFolder({ buildTarget });
  return {
    // A package that is compiled is bundled from what its own build makes.
    dependsOn: [transit, '^build', ...(buildTarget === undefined ? [] : [buildTarget])],
    outputs: [`${folder}/bundle/**`, `${folder}/image/**`, `${folder}/${recordFile}`],
  };
}

function deployOf(names: ReadonlyMap<string, string>, skill: string) {
  return (dependency: string): string => {
    const name = names.get(dependency);
    if (name !== undefined) return `${name}#deploy`;
    throw new Error(`${skill} depends on "${dependency}", and there is no such skill.`);
  };
}
