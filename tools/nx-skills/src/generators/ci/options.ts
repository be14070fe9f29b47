import * as z from 'zod';

export const ciOptions = z
  .strictObject({
    overwrite: z
      .boolean()
      .default(false)
      .meta({ description: 'Write over a workflow that is there and differs.' }),
  })
  .meta({ description: 'Writes the workflow of GitHub Actions that deploys skills in parallel.' });

export type CiOptions = z.input<typeof ciOptions>;
