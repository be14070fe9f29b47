import { loadSchema, scaleScheduleSchema } from '@odoobo/app-platform/versions';
import * as z from 'zod';
import { skillName } from './read-identity.js';
import { rolloutSchema } from './rollout.js';
import { smokeTest } from './smoke-test-schema.js';

/** The name of a skill is the name of its app, so App Platform's rule for app names applies (the `name` of its app spec). */
const skillId = z
  .string()
  .regex(skillName, 'expected 2 to 32 of a-z, 0-9 and "-", starting with a letter and not ending with "-"');

/** A path that stays below the folder it is relative to. */
const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), {
    error: 'expected a relative path that stays inside the folder',
    abort: true,
  });

/** Such as `public` or `dist/web`: as it is written into the App Spec. */
const subfolder = relativePath.refine(
  (path) => path.split('/').every((part) => part !== '' && part !== '.'),
  {
    error: 'expected a folder below the skill, such as public',
  },
);

/** https://www.uvicorn.org/#command-line-options: `<module>:<attribute>` */
const pythonEntry = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;

const named = { python: 'Python service', go: 'Go service', container: 'container' };
const shippedOf = {
  python: 'the files that git does not ignore are shipped',
  go: 'the compiled program is shipped',
  container: 'the image is shipped',
};

/** Why a skill has no rollout with files of its own. */
export const allAtOnce =
  'is not for a rollout: only requests to the service are split, and all users would get the new files at once';

/** The part of a manifest needed to check its entry, whatever else is wrong with it. */
const pythonSkill = z.object({ runtime: z.literal('python'), entry: z.string() });

/**
 * `skill.json`: the one file that makes a folder a skill.
 * Its JSON Schema is generated from here into `schemas/skill.schema.json`, for editors.
 */
export const skillManifestSchema = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Where editors find the JSON Schema of this file.' }),
    id: skillId.meta({
      description:
        'Name of the skill: its app and its branch skill/<id>. The folder and the Nx project may have other names.',
      examples: ['pr-review'],
    }),
    contract: z
      .enum(['skill', 'http'])
      .default('skill')
      .meta({
        description:
          'What the smoke test expects. A skill serves /health, /invoke, /docs and /openapi.json in the common form; of any other HTTP ' +
          'service (http), only its health path and the calls in `smokeTests` are tested.',
      }),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/, 'expected a semantic version such as 1.4.0')
      .meta({ description: 'Semantic version; GET /health reports it.' }),
    description: z
      .string()
      .min(1)
      .meta({ description: 'What the skill does, in a sentence.', examples: ['Reviews a unified diff.'] }),
    runtime: z.enum(['node', 'python', 'go', 'container']).meta({
      description: 'The runtime of the entry; for container, a Dockerfile defines it.',
    }),
    entry: relativePath.optional().meta({
      description:
        'For node: the module that starts the server, relative to the skill. For python: the module and the ASGI application in ' +
        'it, as uvicorn takes them. For go: the folder of the package main. For container: the Dockerfile, whose context is the folder of the skill. The output of its own build is bundled, too: such as dist/main.js.',
      examples: ['src/main.ts', 'main:app', 'cmd/server', 'Dockerfile'],
    }),
    ship: relativePath.optional().meta({
      description:
        'In place of `entry`: a folder that is shipped as it is, relative to the skill. It contains all that `start` needs.',
      examples: ['.next/standalone'],
    }),
    start: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .meta({
        description:
          'The command and its arguments that start it, in the folder of what is shipped; it must listen on the port in the variable PORT. ' +
          'No shell reads it. Default: what `entry` names.',
        examples: [['gunicorn', 'shop.wsgi']],
      }),
    buildTarget: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'The target of its Nx project that makes what is shipped, and that runs first.',
        examples: ['build'],
      }),
    assets: z
      .array(relativePath)
      .default([])
      .meta({
        description:
          'Files that the skill reads, such as views, static files or workers: paths, folders or glob patterns, relative to the ' +
          'skill. The artefact has each at the same path, so code finds it beside itself as before; with `ship`, beside the module that ' +
          '`start` names.',
        examples: [['src/views', 'public/**/*.css']],
      }),
    static: subfolder.optional().meta({
      description:
        'A folder of the skill whose files are served at its URL by a static site of App Platform; the service keeps its own paths. ' +
        'It has the pages, or what `buildTarget` makes of them.',
      examples: ['public'],
    }),
    external: z
      .array(
        z.string().regex(/^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/, 'expected the name of a package'),
      )
      .default([])
      .meta({
        description:
          'Packages that are shipped unbundled. Those with native code, with files of their own or with threads are found; name ' +
          'others that the bundler cannot see, such as a plugin whose name is computed.',
        examples: [['ejs']],
      }),
    maxSize: z
      .string()
      .regex(/^\d+(?:\.\d+)? (?:kB|MB|GB)$/, 'expected a size such as "2 MB", in kB, MB or GB')
      .optional()
      .meta({
        description:
          'The largest size of the artefact. A build that exceeds it fails, and names the largest parts. Default: no limit.',
        examples: ['2 MB'],
      }),
    dependencies: z
      .array(skillId)
      .default([])
      .meta({ description: 'Skills that this one calls: they are deployed first.' }),
    tools: z.array(z.string().min(1)).default([]).meta({ description: 'Names of what `invoke` can do.' }),
    healthPath: z
      .string()
      .regex(/^\/\S*$/, 'expected a path that starts with "/"')
      .default('/health')
      .meta({ description: 'Answers 200 when the skill is healthy.' }),
    smokeTests: z
      .array(smokeTest)
      .default([])
      .refine((tests) => new Set(tests.map(({ name }) => name)).size === tests.length, {
        error: 'expected a different name for each test',
      })
      .meta({ description: "The skill's own stages of its smoke test." }),
    rollout: z
      .union([z.literal(false), rolloutSchema])
      .optional()
      .meta({
        description:
          'Release new versions to some users first. Default: the `rollout` of the plugin in `nx.json`; without one, and with false, to all at once.',
      }),
    scale: scaleScheduleSchema.optional().meta({
      description:
        'How many instances it has, or of which size, from when on: `scale --scheduled` applies what holds at that time.',
      examples: [[{ cron: '0 20 * * 1-5', zone: 'Asia/Singapore', instances: 1 }]],
    }),
    load: loadSchema.optional().meta({
      description:
        'What it must serve, and what one instance serves: `plan` says how many instances that needs.',
      examples: [{ requestsPerSecond: 300, perInstance: { 'apps-s-1vcpu-1gb': 50 } }],
    }),
    appSpec: relativePath.optional().meta({
      description:
        'App Spec, relative to the workspace root. The default is infra/do-gradient/<id>/app-spec.yaml.',
    }),
  })
  .superRefine(({ runtime, entry, ship, start, static: folder, rollout }, { addIssue }) => {
    const refuse = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    if (folder !== undefined && runtime === 'container')
      refuse('static', 'is not for container: let the image answer with its files');
    else if (folder !== undefined && rollout) refuse('static', allAtOnce);
    if (ship !== undefined && runtime !== 'node')
      refuse('ship', `is for node: of a ${named[runtime]}, ${shippedOf[runtime]}`);
    else if (start !== undefined && runtime === 'container')
      refuse('start', 'is not for container: CMD in the Dockerfile starts it');
    else if (ship !== undefined && entry !== undefined) refuse('ship', 'expected either this or "entry"');
    else if (ship !== undefined && start === undefined)
      refuse('start', 'expected a command, because of "ship"');
    else if (entry === undefined && ship === undefined && !(runtime === 'python' && start))
      refuse(
        'entry',
        runtime === 'python'
          ? 'expected this or "start"'
          : runtime === 'node'
            ? 'expected this, or "ship" and "start"'
            : 'expected this',
      );
  })
  .refine(({ runtime, entry }) => runtime !== 'python' || entry === undefined || pythonEntry.test(entry), {
    path: ['entry'],
    error: 'expected a module and the application in it, such as main:app, because the runtime is python',
    when: ({ value }) => pythonSkill.safeParse(value).success,
  })
  .meta({ title: 'Skill', description: 'Manifest of a skill: an HTTP service that Nx ships.' });

export type SkillManifest = z.infer<typeof skillManifestSchema>;
