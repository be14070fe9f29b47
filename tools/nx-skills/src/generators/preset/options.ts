import * as z from 'zod';

export const presetOptions = z
  .looseObject({ name: z.string().meta({ description: 'Name of the workspace.' }) })
  .meta({ description: 'Prepares a new workspace of create-nx-workspace for skills.' });

export type PresetOptions = z.input<typeof presetOptions>;
