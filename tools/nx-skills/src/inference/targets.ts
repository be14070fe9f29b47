import type { TargetConfiguration } from '@nx/devkit';
import { billFile, outputFolder, recordFile } from '@odoobo/ship/manifest/output-folder';
import type { SkillIdentity } from '@odoobo/ship/manifest/read-identity';
import type { TargetNameOptions, TargetNames } from '@odoobo/ship/manifest/target-names';
import { ownPlacementsFile, sharedPlacementsFile } from '@odoobo/ship/placement/placement-files';

/** Options of the plugin, in nx.json. */
export interface PluginOptions extends TargetNameOptions {
  /** The base image for artefacts, where App Specs name images: `node:20-slim@sha256:...`. */
  baseImage?: string;
  /** The DOCR registry of App Specs that name one: `registry.digitalocean.com/acme`. */
  registry?: string;
  /** Of skills whose manifests have none; as written. */
  rollout?: unknown;
}

/** What the targets of a skill depend on. */
export interface TargetContext {
  /** The name of the Nx project. */
  project: string;
  identity: Pick<SkillIdentity, 'id' | 'appSpec' | 'buildTarget' | 'contract' | 'dependencies'>;
  /** The projects of the packages of the workspace that its `package.json` declares. */
  packages: readonly string[];
  /** The targets that the project has without this plugin: they take precedence over ours of the same name. */
  own: ReadonlySet<string>;
  /** What goes into an artefact. */
  inputs: NonNullable<TargetConfiguration['inputs']>;
  names: TargetNames;
  /** Environments of its placements, beside the usual ones: each has a configuration of its name. */
  environments?: readonly string[];
  options: Pick<PluginOptions, 'baseImage' | 'registry'> | undefined;
}

/** The name of our build in a project that has a target `build` of its own. */
export const besideOwnBuild = 'image';

/** What Nx and its plugins call the build of a package. */
const buildOfPackage = 'build';

/**
 * The builds that run before ours: a package of the workspace that is compiled is bundled from what its own build makes. Not
 * the builds of the skills that a skill needs: with them, Nx would build and deploy the skills of a run one after the other.
 */
export function builtFirst({
  identity,
  packages,
}: Pick<TargetContext, 'packages'> & { identity: Pick<SkillIdentity, 'dependencies'> }): NonNullable<
  TargetConfiguration['dependsOn']
> {
  if (identity.dependencies.length === 0) return [`^${buildOfPackage}`];
  return packages.length === 0 ? [] : [{ projects: [...packages], target: buildOfPackage }];
}

const technologies = ['App Platform'];

/**
 * Without it, Nx 23 takes `cache` of a target default with the name of the target, even where a default for the executor wins;
 * earlier versions do so for a target that does not say.
 */
const neverCached = { cache: false } as const;

/**
 * The targets of a skill, by their names in the workspace. A project that already has a target with the name of our build
 * keeps it: ours gets another name, and runs after it.
 */
export function skillTargets(context: TargetContext): Record<string, TargetConfiguration> {
  const { own, identity } = context;
  const { build } = context.names;
  const isTaken = own.has(build) || identity.buildTarget === build;
  const names = isTaken ? { ...context.names, build: besideOwnBuild } : context.names;
  const before = identity.buildTarget ?? (isTaken ? build : undefined);
  const targets = Object.entries(targetsOf({ ...context, names }, before)).filter(
    // Another service than a skill has its own way to be developed.
    ([target]) => target !== 'serve' || identity.contract !== 'http',
  );
  return Object.fromEntries(
    targets.map(([target, configuration]) => [names[target as keyof TargetNames], configuration]),
  );
}

/** A configuration for each environment of App Platform. @param more other options of each */
export function configurationsOf(
  environments: readonly string[] = [],
  more: object = {},
): Record<string, object> {
  return Object.fromEntries(
    ['production', ...environments].map((environment) => [environment, { environment, ...more }]),
  );
}

/** What our build writes, as outputs of its target. */
export function artefactOutputs(identity: Pick<SkillIdentity, 'buildTarget'>): string[] {
  return ['bundle', 'image', recordFile, billFile].map(
    (path) => `{projectRoot}/${outputFolder(identity)}/${path}`,
  );
}

/** The files of placements, whether or not they exist. */
function placementInputs({ id }: Pick<SkillIdentity, 'id'>): string[] {
  return [sharedPlacementsFile, ownPlacementsFile(id)].map((file) => `{workspaceRoot}/${file}`);
}

/** @param before the target that runs before our build */
function targetsOf(
  {
    project,
    identity,
    packages,
    inputs,
    names,
    environments,
    options: { baseImage, registry } = {},
  }: TargetContext,
  before: string | undefined,
): Record<keyof TargetNames, TargetConfiguration> {
  const helpOf = (target: keyof TargetNames, example: object = {}) => ({
    command: `npx nx run ${project}:${names[target]} --help`,
    example,
  });
  const configurations = configurationsOf(environments);
  const images = {
    ...(baseImage !== undefined && { baseImage }),
    ...(registry !== undefined && { registry }),
  };
  const shipping = configurationsOf(environments, images);
  return {
    build: {
      executor: '@odoobo/nx-skills:build',
      cache: true,
      dependsOn: [...builtFirst({ identity, packages }), ...(before === undefined ? [] : [before])],
      inputs: [
        ...inputs,
        // Git ignores what its own build makes, and Nx what git ignores.
        ...(identity.buildTarget === undefined ? [] : [{ dependentTasksOutputFiles: '**/*' }]),
      ],
      outputs: artefactOutputs(identity),
      metadata: {
        description: 'Build one self-contained artefact: a bundle and an OCI image, addressed by digest',
        technologies: ['esbuild', 'OCI'],
        help: helpOf('build'),
      },
    },
    validate: {
      executor: '@odoobo/nx-skills:validate',
      cache: true,
      inputs: ['default', `{workspaceRoot}/${identity.appSpec}`, ...placementInputs(identity)],
      metadata: {
        description: 'Check the manifest, the App Spec and the structure',
        technologies,
        help: helpOf('validate'),
      },
    },
    serve: {
      executor: '@odoobo/nx-skills:serve',
      continuous: true,
      metadata: {
        description: 'Run it in development, and restart it after each change',
        technologies: ['esbuild'],
        help: helpOf('serve', { options: { port: 8080 } }),
      },
    },
    plan: {
      executor: '@odoobo/nx-skills:plan',
      ...neverCached,
      // Like a deploy: the build is part of the comparison.
      dependsOn: [names.build],
      configurations: shipping,
      metadata: {
        description: 'Show what deploy would do, what has drifted, and what it costs; writes nothing',
        technologies,
        help: helpOf('plan', { options: { failOnChange: true } }),
      },
    },
    deploy: {
      executor: '@odoobo/nx-skills:deploy',
      // It reads from the platform what is live, so drift and rollbacks are detected.
      ...neverCached,
      dependsOn: [names.build, `^${names.deploy}`],
      configurations: shipping,
      metadata: {
        description:
          'Deploy it: one API call if anything differs, then wait until the deployment finishes; on failure, roll back',
        technologies,
        help: helpOf('deploy', { options: { timeout: 600 } }),
      },
    },
    promote: {
      executor: '@odoobo/nx-skills:promote',
      ...neverCached,
      options: images,
      metadata: {
        description:
          'Deploy the image that is live and verified in one environment to another, without a build',
        technologies,
        help: helpOf('promote', { options: { from: 'staging', to: 'production' } }),
      },
    },
    healthcheck: {
      executor: '@odoobo/nx-skills:healthcheck',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Check the health of the live skill until it answers 200 or the timeout passes',
        technologies,
        help: helpOf('healthcheck', { options: { timeout: 10 } }),
      },
    },
    'smoke-test': {
      executor: '@odoobo/nx-skills:smoke-test',
      ...neverCached,
      configurations,
      metadata: {
        description:
          'Test the live skill: health, response time, metadata, errors, documentation, and its own calls',
        technologies,
        help: helpOf('smoke-test', { options: { maxResponseMs: 1000 } }),
      },
    },
    rollback: {
      executor: '@odoobo/nx-skills:rollback',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Restore the previous good deployment, and wait until it is live and healthy',
        technologies,
        help: helpOf('rollback', { options: { pin: true } }),
      },
    },
    rollout: {
      executor: '@odoobo/nx-skills:rollout',
      ...neverCached,
      configurations: shipping,
      metadata: {
        description: 'Show how far its rollout is; promote, abort, hold or approve it',
        technologies,
        help: helpOf('rollout', { options: { approve: true } }),
      },
    },
    restart: {
      executor: '@odoobo/nx-skills:restart',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Start its instances anew, without a build, and wait until they are live and healthy',
        technologies,
        help: helpOf('restart', { options: { component: 'web' } }),
      },
    },
    scale: {
      executor: '@odoobo/nx-skills:scale',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Change how many instances of it are live, or their size; later deploys keep that',
        technologies,
        help: helpOf('scale', { options: { instances: 2 } }),
      },
    },
    worktree: {
      executor: '@odoobo/nx-skills:worktree',
      ...neverCached,
      metadata: {
        description: 'Create its worktree, on its branch; list or remove worktrees',
        technologies: ['git'],
        help: helpOf('worktree', { options: { sparse: true } }),
      },
    },
    merge: {
      executor: '@odoobo/nx-skills:merge',
      ...neverCached,
      configurations,
      metadata: {
        description:
          'Merge its branch into the default branch, if its head is live, healthy and smoke-tested, and push to origin',
        technologies: ['git'],
        help: helpOf('merge', { options: { check: true } }),
      },
    },
    logs: {
      executor: '@odoobo/nx-skills:logs',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Show the logs of its build, its deployment or its run',
        technologies,
        help: helpOf('logs', { options: { type: 'run' } }),
      },
    },
    profile: {
      executor: '@odoobo/nx-skills:profile',
      ...neverCached,
      configurations,
      metadata: {
        description: 'Show where the time of a live skill goes, under its load',
        technologies,
        help: helpOf('profile', { options: { seconds: 30 } }),
      },
    },
  };
}
