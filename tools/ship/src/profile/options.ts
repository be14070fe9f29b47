import * as z from 'zod';
import { appOptions } from '../runs/options.js';

export const profileOptions = z
  .strictObject({
    ...appOptions,
    instance: z.string().min(1).optional().meta({
      description:
        'On this machine: which instance, as the page and the metrics name it: web-1. Default: the first one.',
    }),
    seconds: z.int().min(1).max(60).default(30).meta({ description: 'How long, in seconds.' }),
  })
  .meta({
    description:
      'Profiles a live skill under its load: where its time goes, where its memory comes from, and how long its event loop is blocked.',
  });

export type ProfileOptions = z.infer<typeof profileOptions>;
