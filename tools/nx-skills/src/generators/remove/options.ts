import * as z from 'zod';

export const removeOptions = z.strictObject({}).meta({
  description:
    'Removes the plugin from nx.json, and what init and ci have added to the workspace. Skills and their App Specs stay.',
});

export type RemoveOptions = z.input<typeof removeOptions>;
