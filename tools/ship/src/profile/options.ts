import * as z from 'zod';
import { appOptions } from '../runs/options.js';

export const profileOptions = z
  .strictObject({
    ...appOptions,
    seconds: z.int().min(1).max(60).default(30).meta({ description: 'How long, in seconds.' }),
  })
  .meta({
    description:
      'Profiles a live skill under its load: where its time goes, where its memory comes from, and how long its event loop is blocked.',
  });

export type ProfileOptions = z.infer<typeof profileOptions>;
