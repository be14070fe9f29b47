import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/**
 * Builds every program of a module into `bin`, then runs build_command. Without a command in the spec or the Procfile, the program
 * of the module's own folder is started, or the only one below `cmd`. The tag and the place are those of the buildpack:
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/go/
 * @throws DeploymentFailure when there is no go.mod, also beside a go.work: the buildpack looks for go.mod alone,
 * https://github.com/heroku/heroku-buildpack-go/blob/main/bin/detect
 */
export async function goRecipe(
  folder: string,
  { name, build_command: line }: SourceComponent,
): Promise<Recipe> {
  const module = await readIfThere(join(folder, 'go.mod'));
  if (module === undefined) {
    const advice = (await hasWorkspace(folder))
      ? ' A go.work alone is not enough: set source_dir to the folder of one module, or add a go.mod beside go.work.'
      : '';
    throw new DeploymentFailure(
      'BuildJobFailed',
      `"${name}" cannot be built as go: go.mod is missing in its source_dir.${advice}`,
    );
  }
  const program = await programOf(folder, module);
  return {
    ...plainRecipe,
    needs: [['go', 'version']],
    build: [
      // The files come without .git, from which go would take a version.
      ['go', 'build', '-buildvcs=false', '-tags=heroku', '-o', 'bin/', './...'],
      ...shellLines(line),
    ],
    start: program === undefined ? [] : [`bin/${program}`],
    programs: ['bin'],
  };
}

export async function hasWorkspace(folder: string): Promise<boolean> {
  return (await readIfThere(join(folder, 'go.work'))) !== undefined;
}

/** `go build` names a program by the last part of its package's path, but for a version such as `/v2`. */
async function programOf(folder: string, module: string): Promise<string | undefined> {
  const path = /^module\s+(\S+)/m.exec(module)?.[1] ?? '';
  if (await hasMain(folder))
    return path
      .replace(/\/v\d+$/, '')
      .split('/')
      .at(-1);
  const commands = await readdir(join(folder, 'cmd')).catch(() => []);
  return commands.length === 1 ? commands[0] : undefined;
}

async function hasMain(folder: string): Promise<boolean> {
  const names = (await readdir(folder)).filter((name) => /(?<!_test)\.go$/.test(name));
  const texts = await Promise.all(names.map((name) => readIfThere(join(folder, name))));
  return texts.some((text) => /^package main\b/m.test(text ?? ''));
}
