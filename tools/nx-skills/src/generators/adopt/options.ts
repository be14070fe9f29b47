import * as z from 'zod';

export const adoptOptions = z
  .strictObject({
    project: z.string().meta({
      description: 'The Nx project of the service.',
      $default: { $source: 'argv', index: 0 },
      'x-prompt': 'Which project is the service?',
      'x-dropdown': 'projects',
      'x-priority': 'important',
    }),
    id: z.string().optional().meta({
      description: 'The name of its app: 2 to 32 of a-z, 0-9 and "-". Default: from the name of the project.',
    }),
    runtime: z
      .enum(['node', 'python', 'go', 'container'])
      .optional()
      .meta({ description: 'Default: by its files. A container is built from its Dockerfile.' }),
    entry: z.string().optional().meta({
      description:
        'The module that starts it, such as src/main.ts, dist/main.js or main:app; for go the folder of the package main, for container the Dockerfile. Default: what its package or its framework says.',
    }),
    ship: z.string().optional().meta({
      description: 'In place of an entry: a folder that contains all it needs, shipped as it is.',
    }),
    start: z.string().optional().meta({
      description:
        'The command that starts it, such as "gunicorn shop.wsgi". It is split at spaces; no shell reads it.',
    }),
    buildTarget: z.string().optional().meta({
      description:
        'The target of the project that makes what is shipped. Default: build, if the entry is made by it.',
    }),
    healthPath: z.string().optional().meta({
      description: 'Answers 200 when it is healthy. Default: a route in its code that looks like it, or /.',
    }),
    image: z.string().optional().meta({
      description:
        'The repository of its image, such as ghcr.io/acme/orders, which the App Spec then names in place of a branch that App Platform builds. Rollouts need one. A service that is adopted already gets it, too.',
    }),
    manifest: z
      .enum(['skill.json', 'package.json', 'project.json'])
      .default('skill.json')
      .meta({ description: 'The file that the manifest is written to.' }),
  })
  .meta({
    description: 'Makes a service that is there already one that is deployed. Changes none of its code.',
  });

export type AdoptOptions = z.input<typeof adoptOptions>;
