import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

const manifestSchema = z.looseObject({
  require: z.record(z.string(), z.string()).optional(),
  scripts: z.record(z.string(), z.unknown()).optional(),
});

/** Programs by the names of the buildpack's web servers, which a Procfile calls: the one that is part of PHP stands for them. */
const programs = fileURLToPath(new URL('../../php', import.meta.url));

const install = [
  'composer',
  'install',
  '--no-dev',
  '--prefer-dist',
  '--optimize-autoloader',
  '--no-interaction',
];

/** Whether a folder has one of the files that say that it is of PHP. */
export async function isPhp(folder: string): Promise<boolean> {
  const texts = await Promise.all(
    ['composer.json', 'index.php'].map((file) => readIfThere(join(folder, file))),
  );
  return texts.some((text) => text !== undefined);
}

/**
 * Composer installs what composer.json names and runs its script `compile`, then build_command runs. A web server starts in the
 * folder itself, or where the Procfile says.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/php/
 */
export async function phpRecipe(folder: string, { build_command: line }: SourceComponent): Promise<Recipe> {
  const text = await readIfThere(join(folder, 'composer.json'));
  const manifest = text === undefined || text.trim() === '' ? undefined : parse(text);
  return {
    ...plainRecipe,
    needs: [
      ['php', '-r', 'echo "PHP ", PHP_VERSION;'],
      ...(manifest ? [['composer', '--no-ansi', '--version']] : []),
    ],
    build: [
      ...(manifest ? [install] : []),
      ...(manifest?.scripts?.['compile'] === undefined
        ? []
        : [['composer', 'run-script', '--no-dev', 'compile']]),
      ...shellLines(line),
    ],
    start: ['heroku-php-apache2'],
    path: [programs],
    programs: ['vendor/bin'],
  };
}

/** One that is broken is for composer to report. */
function parse(text: string): z.infer<typeof manifestSchema> {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
