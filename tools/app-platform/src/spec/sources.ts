import * as z from 'zod';
import { textLike } from './fields.js';

const gitSchema = z.strictObject({
  repo_clone_url: z.string().max(255).optional(),
  branch: z.string().optional(),
});

/** GitHub, GitLab and Bitbucket have the same fields. A URL has two slashes in a row; the groups of GitLab may nest. */
const hostedGitSchema = z.strictObject({
  repo: textLike(
    /^[^/]+(\/[^/]+)+$/,
    'owner/repository',
    (repo) => /^(?:https?:\/\/|ssh:\/\/git@)[^/]+\/([^/]+\/.+?)(?:\.git)?\/?$/.exec(repo)?.[1],
  ).optional(),
  branch: z.string().optional(),
  deploy_on_push: z.boolean().optional(),
});

/** `apps_image_source_spec` of the official document; which fields go together is in rules/sources.ts. */
export const imageSchema = z.strictObject({
  registry_type: z.enum(['DOCKER_HUB', 'DOCR', 'GHCR']),
  registry: z.string().optional(),
  registry_credentials: z.string().optional(),
  repository: z.string().min(1, { error: 'expected the name of a repository, got ""' }),
  tag: z.string().optional(),
  digest: textLike(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits').optional(),
  deploy_on_push: z.strictObject({ enabled: z.boolean().optional() }).optional(),
});

export type ImageSource = z.infer<typeof imageSchema>;

export const gitSources = {
  git: gitSchema.optional(),
  github: hostedGitSchema.optional(),
  gitlab: hostedGitSchema.optional(),
  bitbucket: hostedGitSchema.optional(),
};

/** The source fields; a component has exactly one of them. */
export const sourceFields = ['git', 'github', 'gitlab', 'bitbucket', 'image'] as const;
