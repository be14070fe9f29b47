import type { TargetConfiguration } from '@nx/devkit';

/** Options of the plugin, in nx.json. */
export interface PluginOptions {
  /** The base image for artefacts, where App Specs name images: `node:20-slim@sha256:...`. */
  baseImage?: string;
  /** The DOCR registry of App Specs that name one: `registry.digitalocean.com/acme`. */
  registry?: string;
}

const technologies = ['App Platform'];

/**
 * The targets of a skill.
 * @param inputs name of the Nx named input with the files that go into an artefact
 */
export function skillTargets(
  skill: string,
  appSpec: string,
  inputs: string,
  { baseImage, registry }: PluginOptions = {},
): Record<string, TargetConfiguration> {
  const production = {
    environment: 'production',
    ...(baseImage !== undefined && { baseImage }),
    ...(registry !== undefined && { registry }),
  };
  return {
    build: {
      executor: '@odoobo/nx-skills:build',
      cache: true,
      inputs: [inputs, `^${inputs}`],
      outputs: ['{projectRoot}/dist/bundle', '{projectRoot}/dist/image'],
      metadata: {
        description: 'Build one self-contained artefact: a bundle and an OCI image, addressed by digest',
        technologies: ['esbuild', 'OCI'],
        help: { command: `npx nx run ${skill}:build --help`, example: {} },
      },
    },
    validate: {
      executor: '@odoobo/nx-skills:validate',
      cache: true,
      inputs: ['default', `{workspaceRoot}/${appSpec}`],
      metadata: {
        description: 'Check the manifest, the App Spec and the structure',
        technologies,
        help: { command: `npx nx run ${skill}:validate --help`, example: {} },
      },
    },
    serve: {
      executor: '@odoobo/nx-skills:serve',
      continuous: true,
      metadata: {
        description: 'Run it in development, and restart it after each change',
        technologies: ['esbuild'],
        help: { command: `npx nx run ${skill}:serve --help`, example: { options: { port: 8080 } } },
      },
    },
    plan: {
      executor: '@odoobo/nx-skills:plan',
      // Like a deploy: the build is part of the comparison.
      dependsOn: ['build'],
      configurations: { production },
      metadata: {
        description: 'Show what deploy would do, what has drifted, and what it costs; writes nothing',
        technologies,
        help: { command: `npx nx run ${skill}:plan --help`, example: { options: { failOnChange: true } } },
      },
    },
    deploy: {
      executor: '@odoobo/nx-skills:deploy',
      // Never cached: it reads from the platform what is live, so drift and rollbacks are detected.
      dependsOn: ['build', '^deploy'],
      configurations: { production },
      metadata: {
        description:
          'Deploy it: one API call if anything differs, then wait until the deployment finishes; on failure, roll back',
        technologies,
        help: { command: `npx nx run ${skill}:deploy --help`, example: { options: { timeout: 600 } } },
      },
    },
    healthcheck: {
      executor: '@odoobo/nx-skills:healthcheck',
      configurations: { production: { environment: 'production' } },
      metadata: {
        description: 'Check the health of the live skill until it answers 200 or the timeout passes',
        technologies,
        help: { command: `npx nx run ${skill}:healthcheck --help`, example: { options: { timeout: 10 } } },
      },
    },
    'smoke-test': {
      executor: '@odoobo/nx-skills:smoke-test',
      configurations: { production: { environment: 'production' } },
      metadata: {
        description:
          'Test the live skill: health, response time, metadata, errors, documentation, and its own calls',
        technologies,
        help: {
          command: `npx nx run ${skill}:smoke-test --help`,
          example: { options: { maxResponseMs: 1000 } },
        },
      },
    },
    rollback: {
      executor: '@odoobo/nx-skills:rollback',
      configurations: { production: { environment: 'production' } },
      metadata: {
        description: 'Restore the previous good deployment, and wait until it is live and healthy',
        technologies,
        help: { command: `npx nx run ${skill}:rollback --help`, example: { options: { pin: true } } },
      },
    },
    worktree: {
      executor: '@odoobo/nx-skills:worktree',
      metadata: {
        description: 'Create its worktree, on its branch; list or remove worktrees',
        technologies: ['git'],
        help: { command: `npx nx run ${skill}:worktree --help`, example: { options: { sparse: true } } },
      },
    },
    merge: {
      executor: '@odoobo/nx-skills:merge',
      configurations: { production: { environment: 'production' } },
      metadata: {
        description:
          'Merge its branch into the default branch, if its head is live, healthy and smoke-tested, and push to origin',
        technologies: ['git'],
        help: { command: `npx nx run ${skill}:merge --help`, example: { options: { check: true } } },
      },
    },
    logs: {
      executor: '@odoobo/nx-skills:logs',
      configurations: { production: { environment: 'production' } },
      metadata: {
        description: 'Show the logs of its build, its deployment or its run',
        technologies,
        help: { command: `npx nx run ${skill}:logs --help`, example: { options: { type: 'run' } } },
      },
    },
  };
}
