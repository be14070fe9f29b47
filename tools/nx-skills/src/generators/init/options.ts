import * as z from 'zod';

export const initOptions = z
  .strictObject({})
  .meta({ description: 'Adds the plugin to nx.json, and the files that it writes to .gitignore.' });

export type InitOptions = z.input<typeof initOptions>;
