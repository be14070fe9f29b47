import * as z from 'zod';

export const initOptions = z
  .strictObject({
    skipFormat: z
      .boolean()
      .default(false)
      .meta({ description: 'Leave the changed files as they are written.', 'x-priority': 'internal' }),
  })
  .meta({ description: 'Adds the plugin to nx.json, and what it writes to .gitignore.' });

export type InitOptions = z.input<typeof initOptions>;
