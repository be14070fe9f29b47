import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { goRecipe } from './go-recipe.js';
import { nodeRecipe } from './node-recipe.js';
import { isPython, pythonRecipe } from './python-recipe.js';
import { type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/** The environment slugs that are built here; `html` is a static site that needs no build, `gatsby` one that Node builds. */
const slugs = ['node-js', 'gatsby', 'python', 'go', 'hugo', 'html'] as const;
type Slug = (typeof slugs)[number];

/** The parts of the component's build that cannot be done here, each in words that begin with the field. */
export function recipeGaps({
  environment_slug: slug,
  dockerfile_path: dockerfile,
}: SourceComponent): string[] {
  if (slug === undefined || isSlug(slug) || dockerfile !== undefined) return [];
  return [`environment_slug: "${slug}" is not supported, only ${slugs.join(', ')}`];
}

/**
 * The recipe for a folder, by the component's environment_slug, or by the files that App Platform's buildpacks look for.
 * @throws DeploymentFailure when nothing fits
 */
export async function recipeFor(
  folder: string,
  component: SourceComponent,
  kind: string,
  commit: string,
): Promise<Recipe> {
  const slug = component.environment_slug;
  const detected = slug !== undefined && isSlug(slug) ? slug : await detect(folder, kind, component.name);
  const recipe = await recipes[detected](folder, component, commit);
  const procfile = await procfileCommand(folder);
  return procfile === undefined ? recipe : { ...recipe, start: ['/bin/sh', '-c', procfile] };
}

const recipes: Record<Slug, (folder: string, component: SourceComponent, commit: string) => Promise<Recipe>> =
  {
    'node-js': nodeRecipe,
    gatsby: nodeRecipe,
    python: pythonRecipe,
    go: goRecipe,
    hugo: async (_, { build_command: line }) => ({
      needs: ['hugo', 'version'],
      build: shellLines(line ?? 'hugo --destination public'),
      start: [],
      env: {},
      notes: [],
    }),
    html: async (_, { build_command: line }) => ({
      build: shellLines(line),
      start: [],
      env: {},
      notes: [],
    }),
  };

/** https://docs.digitalocean.com/products/app-platform/reference/buildpacks/ */
async function detect(folder: string, kind: string, name: string): Promise<Slug> {
  if ((await readIfThere(join(folder, 'package.json'))) !== undefined) return 'node-js';
  if (await isPython(folder)) return 'python';
  if ((await readIfThere(join(folder, 'go.mod'))) !== undefined) return 'go';
  if (kind === 'static site') return 'html';
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" has none of package.json, go.mod and the files of Python (requirements.txt, pyproject.toml and others) in its source_dir, so it cannot be built.`,
  );
}

/** The `web` line of a Procfile. */
async function procfileCommand(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'Procfile'), 'utf8').catch(() => '');
  return /^web:\s*(\S.*)$/m.exec(text)?.[1];
}

function isSlug(slug: string): slug is Slug {
  return slugs.some((one) => one === slug);
}
