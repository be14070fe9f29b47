import * as z from 'zod';

export const serveOptions = z
  .strictObject({
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .meta({ description: 'Port on 127.0.0.1; 0 takes a free one and keeps it.' }),
  })
  .meta({ description: 'Runs the skill in development, again after each change.' });

export type ServeOptions = z.infer<typeof serveOptions>;
