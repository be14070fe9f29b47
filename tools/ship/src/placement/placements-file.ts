import {
  AppSpecError,
  type AppSpecFileIssue,
  checkAgainst,
  readYaml,
  regionSlugs,
} from '@odoobo/app-platform/spec';
import { loadSchema } from '@odoobo/app-platform/versions';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { defaultPlacement, placementName } from './environment.js';

const name = z
  .string()
  .regex(
    placementName,
    'expected 2 to 20 of a-z, 0-9 and "-", starting with a letter and not ending with "-"',
  );

const placementSchema = z.strictObject({
  name: name
    .refine(
      (one) => one !== defaultPlacement,
      `"${defaultPlacement}" is what a placement without a name is called`,
    )
    .optional()
    .meta({
      description:
        'Its name: part of the name of the app. Without one it is the default placement, whose app has the name of the skill.',
      examples: ['eu'],
    }),
  environment: name.default('production').meta({
    description:
      'The environment that it belongs to: `production`, `local`, or one of your own, which is deployed with `-c <environment>`.',
    examples: ['staging'],
  }),
  region: z
    .enum(regionSlugs)
    .optional()
    .meta({ description: 'The region of the app. Default: that of the App Spec.' }),
  tenant: name.optional().meta({
    description: 'The customer whose app it is: `--tenants` selects by it.',
    examples: ['acme'],
  }),
  project: z
    .string()
    .min(1)
    .max(175)
    .optional()
    .meta({
      description:
        'The project of DigitalOcean that a new app belongs to, by name or id. An app that is there stays where it is. Default: that of the account.',
      examples: ['Shop, staging'],
    }),
  overlay: z.record(z.string(), z.unknown()).optional().meta({
    description:
      'What differs in the App Spec, as a JSON merge patch: null deletes; components are matched by name, `envs` by key.',
  }),
  wave: z.int().min(1).max(99).optional().meta({
    description: 'When it is deployed: after the placements of lower waves have passed. Default: 1.',
  }),
  soak: z
    .string()
    .regex(/^\d{1,5}[smh]$/, 'expected a duration such as 30s, 5m or 2h')
    .optional()
    .meta({
      description:
        'For how long it must be live, and still be healthy then, before the next wave begins. Default: not at all.',
      examples: ['10m'],
    }),
  requestsPerSecond: loadSchema.shape.requestsPerSecond.meta({
    description: 'The most requests a second that it must serve. Default: what `load` of the manifest says.',
  }),
  secretsPrefix: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected letters, digits and "_", such as STAGING_')
    .optional()
    .meta({
      description:
        'Each secret of the App Spec is read from the variable with this prefix, and from no other: with STAGING_, TOKEN from STAGING_TOKEN.',
      examples: ['STAGING_'],
    }),
});

/**
 * `placements.yaml`: where else skills are deployed. Its JSON Schema is generated from here, for editors.
 */
export const placementsFileSchema = z.strictObject({ placements: z.array(placementSchema).min(1) }).meta({
  title: 'Placements',
  description: 'Where skills are deployed: each placement of a skill is an app.',
});

/** A placement as a file says it, and where. */
export interface WrittenPlacement extends z.infer<typeof placementSchema> {
  /** Makes an issue about it, at its place in the file. @param path below the placement, such as `region` */
  issue(path: string, message: string): AppSpecFileIssue;
}

/**
 * Reads a file of placements.
 * @param file relative to the workspace root
 * @returns none if there is no file
 * @throws AppSpecError with every issue
 */
export async function readPlacementsFile(workspaceRoot: string, file: string): Promise<WrittenPlacement[]> {
  const path = join(workspaceRoot, file);
  return existsSync(path) ? placementsIn(await readFile(path, 'utf8'), file) : [];
}

/** The placements in the text of a file. @throws AppSpecError with every issue */
export function placementsIn(text: string, file: string): WrittenPlacement[] {
  const { content, locate } = readYaml(text, file);
  const check = checkAgainst(placementsFileSchema, content);
  if (!check.ok) throw new AppSpecError(locate(check.issues));
  const written = check.value.placements.map((placement, index) => ({
    ...placement,
    issue: (below: string, message: string): AppSpecFileIssue =>
      locate([{ path: [`placements/${index}`, below].filter(Boolean).join('/'), message }])[0] ?? {
        file,
        path: below,
        message,
      },
  }));
  refuseTwice(written);
  return written;
}

/** Whether two entries are about one placement: that of all skills, and that of one skill. */
export function isSamePlacement(one: WrittenPlacement, other: WrittenPlacement): boolean {
  return one.environment === other.environment && one.name === other.name;
}

function refuseTwice(placements: readonly WrittenPlacement[]): void {
  const seen = new Set<string>();
  const twice = placements.filter(({ environment, name = '' }) => {
    const isSecond = seen.has(`${environment}/${name}`);
    seen.add(`${environment}/${name}`);
    return isSecond;
  });
  const issues = twice.map((one) =>
    one.issue(
      '',
      `the file already has the placement "${one.name ?? defaultPlacement}" in "${one.environment}"`,
    ),
  );
  if (issues.length > 0) throw new AppSpecError(issues);
}
