import * as z from 'zod';

/** The name of a skill is the name of its app, so App Platform's rule for app names applies (the `name` of its app spec). */
const skillId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
    'expected 2 to 32 of a-z, 0-9 and "-", starting with a letter and not ending with "-"',
  );

/** A path that stays below the folder it is relative to. */
const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), {
    error: 'expected a relative path that stays inside the folder',
    abort: true,
  });

/** https://www.uvicorn.org/#command-line-options: `<module>:<attribute>` */
const pythonEntry = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;

/** The part of a manifest needed to check its entry, whatever else is wrong with it. */
const pythonSkill = z.object({ runtime: z.literal('python'), entry: z.string() });

const json = z.record(z.string(), z.unknown());

/** A request that the live skill must answer as the manifest says. */
const smokeTest = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .meta({ description: 'What the test shows.', examples: ['counts words'] }),
    invoke: z
      .strictObject({ input: json.meta({ description: 'The `input` that is sent to POST /invoke.' }) })
      .meta({ description: 'The call.' }),
    expect: json.optional().meta({
      description:
        'What the `output` must contain. Every field here must be there with this value, and so on inside objects; fields ' +
        'that are not named here may be anything. A list must be of the same length, and match item by item.',
    }),
    expectError: z
      .strictObject({
        status: z
          .int()
          .min(400)
          .max(599)
          .meta({ description: 'The HTTP status.', examples: [403] }),
        code: z
          .string()
          .min(1)
          .meta({ description: 'The `code` of the error.', examples: ['host_not_allowed'] }),
      })
      .optional()
      .meta({ description: 'The error that the call must get, instead of an output.' }),
  })
  .refine(({ expect, expectError }) => (expect === undefined) !== (expectError === undefined), {
    path: ['expect'],
    error: 'expected either this or "expectError"',
    when: ({ value }) => z.looseObject({}).safeParse(value).success,
  });

/**
 * `skill.json`: the one file that makes a folder a skill.
 * Its JSON Schema is generated from here into `schemas/skill.schema.json`, for editors.
 */
export const skillManifestSchema = z
  .strictObject({
    $schema: z.string().optional().meta({ description: 'Where editors find the JSON Schema of this file.' }),
    id: skillId.meta({
      description: 'Name of the skill: its folder, its Nx project, its app and its branch skill/<id>.',
      examples: ['pr-review'],
    }),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/, 'expected a semantic version such as 1.4.0')
      .meta({ description: 'Semantic version; GET /health reports it.' }),
    description: z
      .string()
      .min(1)
      .meta({ description: 'What the skill does, in a sentence.', examples: ['Reviews a unified diff.'] }),
    runtime: z.enum(['node', 'python']).meta({ description: 'The runtime of the entry.' }),
    entry: relativePath.meta({
      description:
        'For node: the module that starts the server, relative to the skill. For python: the module and the ASGI application in ' +
        'it, as uvicorn takes them.',
      examples: ['src/main.ts', 'main:app'],
    }),
    assets: z
      .array(relativePath)
      .default([])
      .meta({
        description:
          'Files that the skill reads, such as views, static files or workers: paths, folders or glob patterns, relative to the ' +
          'skill. The artefact has each at the same path, so code finds it beside itself as before.',
        examples: [['src/views', 'public/**/*.css']],
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
    appSpec: relativePath.optional().meta({
      description:
        'App Spec, relative to the workspace root. The default is infra/do-gradient/<id>/app-spec.yaml.',
    }),
  })
  .refine(({ runtime, entry }) => runtime !== 'python' || pythonEntry.test(entry), {
    path: ['entry'],
    error: 'expected a module and the application in it, such as main:app, because the runtime is python',
    when: ({ value }) => pythonSkill.safeParse(value).success,
  })
  .meta({ title: 'Skill', description: 'Manifest of a skill: an HTTP service that Nx ships.' });

export type SkillManifest = z.infer<typeof skillManifestSchema>;
