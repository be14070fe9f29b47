import * as z from 'zod';

export const ciOptions = z
  .strictObject({
    overwrite: z
      .boolean()
      .default(false)
      .meta({ description: 'Overwrite a workflow that exists and differs.' }),
  })
  .meta({
    description:
      'Writes the workflows of GitHub Actions that deploy skills in parallel, and previews of pull requests.',
  });

export type CiOptions = z.input<typeof ciOptions>;
