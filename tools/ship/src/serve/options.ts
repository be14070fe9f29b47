import * as z from 'zod';

export const serveOptions = z
  .strictObject({
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .meta({ description: 'Port on 127.0.0.1; 0 chooses a free one.' }),
  })
  .meta({ description: 'Runs the skill in development, and restarts it after each change.' });

export type ServeOptions = z.infer<typeof serveOptions>;
