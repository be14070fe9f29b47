import { parseReference } from '@odoobo/ship/registry/reference';
import type { Wanted } from './app-specs.js';

/** A line of `env` in a step: a variable, and the GitHub expression for its value. */
export type EnvLine = readonly [key: string, expression: string];

/** What the jobs of the workflows need for the App Specs. */
export interface JobNeeds {
  /** The job that only reads the platform and the base image. */
  plan: StepNeeds;
  /** The job that pushes images and deploys. */
  deploy: StepNeeds;
}

export interface StepNeeds {
  /** Variables in addition to the token that git uses for the origin. */
  env: readonly EnvLine[];
  /** Permission of the job for packages, if it needs one. */
  packages?: 'read' | 'write';
}

/** GitHub Actions sets these in every job, but for the token: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const setByGitHub = /^GITHUB_(?!TOKEN$)/;

/** The steps already have it. */
const platformToken = 'DIGITALOCEAN_ACCESS_TOKEN';

/** Variables that configure the commands of the workflows: one with the same name would change them. */
const ownNames =
  /^(SKILLS?|PROJECTS?|BASE|PULL_REQUEST|ALL|ROLLOUT_KEY|HAS_TOKEN|UNRECORDED|GIT_CONFIG_\w+|NX_(CACHE_DIRECTORY|SKIP_NX_CACHE|SKIP_LOG_GROUPING))$/;

const githubToken: EnvLine = ['GITHUB_TOKEN', 'github.token'];

/** @param secret `plan` uses a separate read-only token, because it runs code of the branch */
function dockerHub(secret: 'DOCKERHUB_TOKEN' | 'DOCKERHUB_READ_TOKEN'): EnvLine[] {
  return [
    ['DOCKERHUB_USERNAME', 'vars.DOCKERHUB_USERNAME'],
    ['DOCKERHUB_TOKEN', `secrets.${secret}`],
  ];
}

/**
 * What the jobs need for some App Specs: their variables, and the logins of the registries that they name. DOCR uses
 * the same token as App Platform.
 * @param baseImage the option of the plugin: the base of images
 * @throws for a variable whose name the workflows use themselves
 */
export function jobNeeds(wanted: readonly Wanted[], baseImage: string | undefined): JobNeeds {
  const variables = variableLines(wanted);
  const pushesTo = new Set(wanted.flatMap(({ images }) => images.map((image) => image.registry_type)));
  const base = pushesTo.size > 0 ? registryToLogIn(baseImage) : undefined;
  const reading = base === 'docker.io' ? dockerHub('DOCKERHUB_READ_TOKEN') : [];
  const onGitHub = base === 'ghcr.io';
  return {
    plan: {
      env: unique([...(onGitHub ? [githubToken] : []), ...reading, ...variables]),
      ...(onGitHub && { packages: 'read' }),
    },
    deploy: {
      // GitHub's token is already set, for git.
      env: unique([
        ...(pushesTo.has('DOCKER_HUB') ? dockerHub('DOCKERHUB_TOKEN') : reading),
        ...variables,
      ]).filter(([key]) => key !== githubToken[0]),
      ...(pushesTo.has('GHCR') ? { packages: 'write' } : onGitHub && { packages: 'read' }),
    },
  };
}

/** The registry of a base image that may be private; official images of Docker Hub are public. */
function registryToLogIn(baseImage: string | undefined): string | undefined {
  try {
    const { registry, name } = parseReference(baseImage ?? '');
    return registry === 'docker.io' && name.startsWith('library/') ? undefined : registry;
  } catch {
    // The deploy reports what is wrong with the reference.
    return undefined;
  }
}

/** Secrets become GitHub's secrets, other variables its variables; GitHub's own token is neither. */
function variableLines(wanted: readonly Wanted[]): EnvLine[] {
  const secrets = new Map<string, boolean>();
  for (const { key, secret } of wanted.flatMap(({ variables }) => variables))
    secrets.set(key, secret || (secrets.get(key) ?? false));
  const own = [...secrets.keys()].find((key) => ownNames.test(key));
  if (own !== undefined)
    throw new Error(`An App Spec uses \${${own}}, a variable that the workflows set themselves. Rename it.`);
  return [...secrets]
    .filter(([key]) => !setByGitHub.test(key) && key !== platformToken)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, secret]) => (key === 'GITHUB_TOKEN' ? githubToken : line(key, secret)));
}

function line(key: string, secret: boolean): EnvLine {
  return [key, `${secret ? 'secrets' : 'vars'}.${key}`];
}

/** YAML allows each key once, and an App Spec may use the same variable as a login. */
function unique(lines: readonly EnvLine[]): EnvLine[] {
  const keys = lines.map(([key]) => key);
  return lines.filter(([key], index) => keys.indexOf(key) === index);
}
