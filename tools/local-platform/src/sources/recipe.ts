import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { nodeRecipe } from './node-recipe.js';
import { pythonRecipe } from './python-recipe.js';
import type { Recipe } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/** The environment slugs that are built here; `html` is a static site that needs no build. */
const slugs = ['node-js', 'python', 'html'] as const;
type Slug = (typeof slugs)[number];

/** The parts of the component's build that cannot be done here, each in words that begin with the field. */
export function recipeGaps({
  environment_slug: slug,
  dockerfile_path: dockerfile,
}: SourceComponent): string[] {
  return [
    ...(slug === undefined || isSlug(slug)
      ? []
      : [`environment_slug: "${slug}" is not supported, only node-js and python`]),
    ...(dockerfile === undefined
      ? []
      : ['dockerfile_path: building images is not supported, only node-js and python']),
  ];
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
    python: pythonRecipe,
    html: async (_, { build_command: line }) => ({
      ...(line && { build: ['/bin/sh', '-c', line] }),
      start: [],
      env: {},
      notes: [],
    }),
  };

/** https://docs.digitalocean.com/products/app-platform/reference/buildpacks/ */
async function detect(folder: string, kind: string, name: string): Promise<Slug> {
  if ((await readIfThere(join(folder, 'package.json'))) !== undefined) return 'node-js';
  if ((await readIfThere(join(folder, 'requirements.txt'))) !== undefined) return 'python';
  if (kind === 'static site') return 'html';
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" has neither package.json nor requirements.txt in its source_dir: only node-js and python can be built.`,
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
