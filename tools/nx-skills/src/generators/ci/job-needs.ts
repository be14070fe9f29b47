import type { Wanted } from './app-specs.js';
import { parseReference } from '../../registry/reference.js';

/** A line of `env` in a step: a variable, and where GitHub has its value. */
export type EnvLine = readonly [key: string, expression: string];

/** What the jobs of the workflows need, beyond what they always do. */
export interface JobNeeds {
  /** Only looks: at the platform, and at the base image. */
  plan: StepNeeds;
  /** Pushes images, and deploys. */
  deploy: StepNeeds;
}

export interface StepNeeds {
  /** Beside the token that git shows the origin, where a step asks it. */
  env: readonly EnvLine[];
  /** Permission of the job on packages of the repository, where it needs one. */
  packages?: 'read' | 'write';
}

/** GitHub Actions sets these in every job, but for the token: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const setByGitHub = /^GITHUB_(?!TOKEN$)/;

/** Steps have it already. */
const platformToken = 'DIGITALOCEAN_ACCESS_TOKEN';

/** What the commands of the workflows are given by: a variable of that name would change them. */
const ownNames =
  /^(SKILLS?|BASE|PULL_REQUEST|HAS_TOKEN|UNRECORDED|GIT_CONFIG_\w+|NX_(CACHE_DIRECTORY|SKIP_NX_CACHE|SKIP_LOG_GROUPING))$/;

const githubToken: EnvLine = ['GITHUB_TOKEN', 'github.token'];

/** @param secret the token that only reads is another one: `plan` runs what a branch brings along */
function dockerHub(secret: 'DOCKERHUB_TOKEN' | 'DOCKERHUB_READ_TOKEN'): EnvLine[] {
  return [
    ['DOCKERHUB_USERNAME', 'vars.DOCKERHUB_USERNAME'],
    ['DOCKERHUB_TOKEN', `secrets.${secret}`],
  ];
}

/**
 * What the jobs need for some App Specs: their variables, and the logins of the registries that they name. The token of App
 * Platform is that of DOCR, too.
 *
 * @param baseImage the option of the plugin: what images are put on
 * @throws for a variable by whose name the commands of the workflows are given something else
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
      // The token of GitHub is there already: git shows it to the origin.
      env: unique([
        ...(pushesTo.has('DOCKER_HUB') ? dockerHub('DOCKERHUB_TOKEN') : reading),
        ...variables,
      ]).filter(([key]) => key !== githubToken[0]),
      ...(pushesTo.has('GHCR') ? { packages: 'write' } : onGitHub && { packages: 'read' }),
    },
  };
}

/** Where a base image is that may not be for everybody; official images of Docker Hub are. */
function registryToLogIn(baseImage: string | undefined): string | undefined {
  try {
    const { registry, name } = parseReference(baseImage ?? '');
    return registry === 'docker.io' && name.startsWith('library/') ? undefined : registry;
  } catch {
    // The deploy says what is wrong with it.
    return undefined;
  }
}

/** Secrets are GitHub's secrets, other variables its variables; its own token is neither. */
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

/** YAML has each key once: an App Spec may take the variable that a login is in. */
function unique(lines: readonly EnvLine[]): EnvLine[] {
  const keys = lines.map(([key]) => key);
  return lines.filter(([key], index) => keys.indexOf(key) === index);
}
