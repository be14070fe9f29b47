import { dirname, join, relative } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import type { Recipe } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

const main = 'requirements.txt';

/** An environment goes with the interpreter that made it. */
const printVersion = 'import sys; print("Python", sys.version.split()[0], sys.executable)';

/** Files that App Platform's buildpack reads as well, but this one does not. */
const otherFiles = ['Pipfile', 'poetry.lock', 'uv.lock', 'setup.py'];

/**
 * A virtual environment with what requirements.txt names, then build_command. What runs is run_command or the Procfile's
 * `web`: nothing else says how a Python program starts.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/python/
 * @throws DeploymentFailure when there is no requirements.txt
 */
export async function pythonRecipe(
  folder: string,
  component: SourceComponent,
  commit: string,
): Promise<Recipe> {
  const requirements = await readRequirements(folder, main);
  if (!requirements.has(main)) throw await withoutRequirements(folder, component.name);
  const text = [...requirements.values()].join('\n');
  const editable = /^\s*(-e|--editable)[\s=].*$/m.exec(text)?.[0].trim();
  if (editable) throw refuseEditable(editable, component.name);
  const runtime =
    (await readIfThere(join(folder, 'runtime.txt'))) ?? (await readIfThere(join(folder, '.python-version')));
  const { build_command: line } = component;
  return {
    install: {
      into: 'venv',
      commands: [['python', '-I', '-m', 'pip', 'install', '--requirement', main]],
      version: ['python3', '-I', '-c', printVersion],
      // What pip builds from the repository itself changes with each commit.
      inputs: { ...Object.fromEntries(requirements), commit: namesLocalFiles(text) ? commit : '' },
    },
    ...(line && { build: ['/bin/sh', '-c', line] }),
    start: [],
    env: { PYTHONUNBUFFERED: '1' },
    notes:
      runtime === undefined
        ? []
        : [`the repository asks for ${runtime.trim()}; python3 of this machine runs it`],
  };
}

/** The file and those that it includes by -r and -c, by their paths from the folder. */
async function readRequirements(
  folder: string,
  file: string,
  read = new Map<string, string>(),
): Promise<Map<string, string>> {
  const text = read.has(file) ? undefined : await readIfThere(join(folder, file));
  if (text === undefined) return read;
  read.set(file, text);
  for (const [, name = ''] of text.matchAll(/^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)/gm)) {
    await readRequirements(folder, relative(folder, join(folder, dirname(file), name)), read);
  }
  return read;
}

function namesLocalFiles(text: string): boolean {
  return /^\s*(\.|\/|file:|[\w.-]+(\[.*\])?\s*@\s*file:)|^[^#\s-][^#\s]*\//m.test(text);
}

async function withoutRequirements(folder: string, name: string): Promise<DeploymentFailure> {
  const present: string[] = [];
  for (const file of otherFiles) {
    if ((await readIfThere(join(folder, file))) !== undefined) present.push(file);
  }
  const instead = present.length > 0 ? ` ${present.join(' and ')} is not supported.` : '';
  return new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" cannot be built as python: ${main} is missing in its source_dir.${instead} An empty one is enough.`,
  );
}

function refuseEditable(line: string, name: string): DeploymentFailure {
  return new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" cannot be built: "${line}" in ${main} points to a folder that exists only during the build. Name it without -e.`,
  );
}
