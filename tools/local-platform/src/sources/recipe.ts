import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { bunRecipe, isBun } from './bun-recipe.js';
import { goRecipe, hasWorkspace } from './go-recipe.js';
import { nodeRecipe } from './node-recipe.js';
import { isPhp, phpRecipe } from './php-recipe.js';
import { isPython, pythonRecipe } from './python-recipe.js';
import { plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import { isRuby, rubyRecipe } from './ruby-recipe.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/** The environment slugs that are built here; `html` is a static site that needs no build, `gatsby` and `hexo` are those that Node builds. */
const slugs = [
  'node-js',
  'gatsby',
  'hexo',
  'bun',
  'python',
  'ruby',
  'ruby-on-rails',
  'php',
  'go',
  'hugo',
  'html',
] as const;
type Slug = (typeof slugs)[number];

/** Those beside which Node builds what a package.json asks for, such as style sheets. */
const withNode: readonly Slug[] = ['python', 'ruby', 'ruby-on-rails', 'php'];

/**
 * The recipe for a folder, by the component's environment_slug, or by the files that App Platform's buildpacks look for: those decide
 * where the slug is none of these, such as `jekyll`.
 * @throws DeploymentFailure when nothing fits
 */
export async function recipeFor(
  folder: string,
  component: SourceComponent,
  kind: string,
  commit: string,
): Promise<Recipe> {
  const slug = component.environment_slug;
  const found = isSlug(slug) ? slug : await detect(folder, kind, component.name);
  const note = `environment_slug "${slug}" names no builder of the local platform: by its files it is ${found}`;
  const recipe = noting(
    await recipes[found](folder, component, commit),
    slug === undefined || isSlug(slug) ? [] : [note],
  );
  const hasPackages = withNode.includes(found) && (await isNode(folder));
  const whole = hasPackages ? await besideNode(folder, component, recipe) : recipe;
  const { web, ...others } = await processesOf(folder);
  const [only, ...more] = Object.values(others);
  const line = web ?? (more.length === 0 ? only : undefined);
  return line === undefined ? whole : { ...whole, start: ['/bin/sh', '-c', line] };
}

function noting(recipe: Recipe, notes: readonly string[]): Recipe {
  return { ...recipe, notes: [...notes, ...recipe.notes] };
}

/** Node first: what it makes may be collected by the other. */
async function besideNode(folder: string, component: SourceComponent, recipe: Recipe): Promise<Recipe> {
  const node = await nodeRecipe(folder, { ...component, build_command: undefined });
  return {
    needs: recipe.needs,
    installs: [...node.installs, ...recipe.installs],
    build: [...node.build, ...recipe.build],
    start: recipe.start.length > 0 ? recipe.start : node.start,
    settings: node.settings,
    env: { ...node.env, ...recipe.env },
    path: [...recipe.path, ...node.path],
    programs: recipe.programs,
    notes: [...node.notes, ...recipe.notes],
    advice: node.advice,
  };
}

const recipes: Record<Slug, (folder: string, component: SourceComponent, commit: string) => Promise<Recipe>> =
  {
    'node-js': nodeRecipe,
    gatsby: nodeRecipe,
    hexo: nodeRecipe,
    bun: bunRecipe,
    python: pythonRecipe,
    ruby: rubyRecipe,
    'ruby-on-rails': rubyRecipe,
    php: phpRecipe,
    go: goRecipe,
    hugo: async (_, { build_command: line }) => ({
      ...plainRecipe,
      needs: [['hugo', 'version']],
      build: shellLines(line ?? 'hugo --destination public'),
    }),
    html: async (_, { build_command: line }) => ({ ...plainRecipe, build: shellLines(line) }),
  };

/** https://docs.digitalocean.com/products/app-platform/reference/buildpacks/ */
async function detect(folder: string, kind: string, name: string): Promise<Slug> {
  if (await isBun(folder)) return 'bun';
  if (await isRuby(folder)) return 'ruby';
  if (await isPython(folder)) return 'python';
  const hasPackages = await isNode(folder);
  // A page in a repository of Node does not make it one of PHP, but what composer installs does.
  if ((await readIfThere(join(folder, 'composer.json'))) !== undefined) return 'php';
  if (hasPackages) return 'node-js';
  if (await isPhp(folder)) return 'php';
  if ((await readIfThere(join(folder, 'go.mod'))) !== undefined) return 'go';
  if (kind === 'static site') return 'html';
  // Its recipe says what is missing.
  if (await hasWorkspace(folder)) return 'go';
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" has none of package.json, Gemfile, composer.json, index.php, go.mod and the files of Python (requirements.txt, ` +
      'pyproject.toml and others) in its source_dir, so it cannot be built.',
  );
}

async function isNode(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, 'package.json'))) !== undefined;
}

/** The lines of a Procfile, by the names of the processes: https://devcenter.heroku.com/articles/procfile */
export async function processesOf(folder: string): Promise<Record<string, string>> {
  const text = (await readIfThere(join(folder, 'Procfile'))) ?? '';
  return Object.fromEntries(
    [...text.matchAll(/^([\w-]+):[ \t]*(\S.*?)[ \t]*\r?$/gm)].map(([, name = '', line = '']) => [name, line]),
  );
}

/** Whether a component's environment_slug names what is built here. */
export function isSlug(slug: string | undefined): slug is Slug {
  return slugs.some((one) => one === slug);
}
