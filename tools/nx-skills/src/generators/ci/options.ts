import * as z from 'zod';

export const ciOptions = z
  .strictObject({
    provider: z.enum(['github', 'gitlab']).default('github').meta({
      description:
        'Where the pipeline runs: GitHub Actions, or GitLab CI, which has no previews and comments.',
    }),
    overwrite: z.boolean().default(false).meta({ description: 'Overwrite a file that exists and differs.' }),
  })
  .meta({
    description:
      'Writes the workflows of GitHub Actions that deploy skills in parallel, and previews of pull requests; or a pipeline of GitLab CI.',
  });

export type CiOptions = z.input<typeof ciOptions>;
