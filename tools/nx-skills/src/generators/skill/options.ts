import * as z from 'zod';

export const skillOptions = z
  .strictObject({
    name: z.string().meta({
      description: 'Name of the skill: 2 to 32 of a-z, 0-9 and "-".',
      $default: { $source: 'argv', index: 0 },
      'x-prompt': 'What is the name of the skill?',
      'x-priority': 'important',
    }),
    description: z
      .string()
      .optional()
      .meta({ description: 'What it does, in a sentence.', 'x-priority': 'important' }),
    directory: z.string().default('skills').meta({ description: 'Folder that holds the skills.' }),
  })
  .meta({ description: 'Adds a skill: manifest, server, a test and its App Spec.' });

export type SkillOptions = z.input<typeof skillOptions>;
