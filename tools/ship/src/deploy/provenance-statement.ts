import type { AppImage } from '../registry/app-image.js';
import { showRepository } from '../registry/reference.js';
import type { PlacedTask } from './place-tasks.js';

/** These identify a program wherever it was downloaded from: https://github.com/package-url/purl-spec */
const tool = 'pkg:npm/%40odoobo/ship';

export interface Attested {
  task: Pick<PlacedTask, 'skill' | 'skillRoot' | 'checkout' | 'uncommitted'>;
  /** `registry.digitalocean.com/acme/shop` */
  repository: string;
  image: Pick<AppImage, 'digest' | 'base'>;
  /** Where the sources are published, without a login. */
  url: string | undefined;
  env: NodeJS.ProcessEnv;
}

/**
 * Where an image comes from: an in-toto statement with SLSA provenance, unsigned. It has no time: the same commit and base have the
 * same statement, so that a repeated push adds nothing.
 * https://slsa.dev/spec/v1.0/provenance and https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function provenanceStatement({ task, repository, image, url, env }: Attested): object {
  const { skill, skillRoot, uncommitted } = task;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: repository, digest: { sha256: hex(image.digest) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${tool}#build`,
        externalParameters: { skill, folder: skillRoot },
        internalParameters: { uncommitted },
        resolvedDependencies: [...sourceOf(task, url), ...baseOf(image)],
      },
      runDetails: { builder: { id: builderOf(env) }, metadata: { invocationId: invocationOf(env) } },
    },
  };
}

function sourceOf({ checkout }: Attested['task'], url: string | undefined): object[] {
  if (!checkout) return [];
  const { commit, branch } = checkout;
  const ref = branch === undefined ? '' : `@refs/heads/${branch}`;
  return [{ ...(url !== undefined && { uri: `git+${url}${ref}` }), digest: { gitCommit: commit } }];
}

/** What a Dockerfile builds on is known to its engine alone. */
function baseOf({ base }: Attested['image']): object[] {
  if (!base) return [];
  const digest = { sha256: hex(base.digest) };
  return [{ uri: `docker://${showRepository(base.reference)}`, digest }];
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
function builderOf({ GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow }: NodeJS.ProcessEnv): string {
  return server && workflow ? `${server}/${workflow}` : tool;
}

/** The pipeline that shipped it, on GitHub or GitLab. */
function invocationOf({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: run,
  GITHUB_RUN_ATTEMPT: attempt = '1',
  CI_JOB_URL: gitlab,
}: NodeJS.ProcessEnv): string | undefined {
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`;
  return gitlab || undefined;
}

function hex(digest: string): string {
  return digest.replace('sha256:', '');
}
