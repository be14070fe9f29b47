import { dirname, join, relative } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { type Install, plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

const main = 'requirements.txt';

/** What tools write that the buildpack knows, in its order: the first that is there says what is installed. */
const exporters = [
  { lock: 'Pipfile.lock', manifest: 'Pipfile', packages: ['pipenv'], command: 'pipenv requirements >' },
  {
    lock: 'poetry.lock',
    manifest: 'pyproject.toml',
    packages: ['poetry', 'poetry-plugin-export'],
    command: 'poetry export --without-hashes --output',
  },
  {
    lock: 'uv.lock',
    manifest: 'pyproject.toml',
    packages: ['uv'],
    command: 'uv export --quiet --frozen --no-dev --no-emit-project --no-hashes --output-file',
  },
];
/** Where a tool that reads a lock file is installed, beside what it installs, and what it writes. */
const toolFolder = '.lock-tool';
const exported = '.lock-requirements.txt';
/** A package of Python, without a lock file. */
const packageFiles = ['pyproject.toml', 'setup.py'];

/** An environment goes with the interpreter that made it. */
const printVersion = 'import sys; print("Python", sys.version.split()[0], sys.executable)';

/** Whether a folder has one of the files that say what a Python program needs. */
export async function isPython(folder: string): Promise<boolean> {
  const files = [main, ...exporters.map(({ lock }) => lock), ...packageFiles];
  const texts = await Promise.all(files.map((file) => readIfThere(join(folder, file))));
  return texts.some((text) => text !== undefined);
}

/**
 * A virtual environment with what a lock file, requirements.txt or the package itself names, then the static files of Django, then
 * build_command. What runs is run_command or the Procfile's `web`: nothing else says how a Python program starts.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/python/
 * @throws DeploymentFailure when no file says what is needed
 */
export async function pythonRecipe(
  folder: string,
  component: SourceComponent,
  commit: string,
): Promise<Recipe> {
  const runtime =
    (await readIfThere(join(folder, 'runtime.txt'))) ?? (await readIfThere(join(folder, '.python-version')));
  const install = await installOf(folder, component, commit);
  const isDjango = (await readIfThere(join(folder, 'manage.py'))) !== undefined;
  return {
    ...plainRecipe,
    installs: [{ into: 'venv', version: ['python3', '-I', '-c', printVersion], ...install }],
    build: shellLines(isDjango ? collectStatic : undefined, component.build_command),
    env: { PYTHONUNBUFFERED: '1' },
    notes:
      runtime === undefined
        ? []
        : [`the repository asks for ${runtime.trim()}; python3 of this machine runs it`],
  };
}

/**
 * As the buildpack does where Django is installed: settings of projects look for the argument `collectstatic`, so no other command
 * may try first.
 */
const collectStatic =
  'if [ -z "$DISABLE_COLLECTSTATIC" ] && python -c "import django" 2>/dev/null; then ' +
  'python manage.py collectstatic --noinput || { echo "To build without it, set DISABLE_COLLECTSTATIC=1."; exit 1; }; fi';

type Wanted = Pick<Install, 'commands' | 'inputs'>;

async function installOf(folder: string, { name }: SourceComponent, commit: string): Promise<Wanted> {
  const pipenv = await exportedBy(folder, exporters.slice(0, 1));
  const requirements = await readRequirements(folder, main);
  if (!pipenv && requirements.has(main)) return fromRequirements(requirements, name, commit);
  const other = pipenv ?? (await exportedBy(folder, exporters)) ?? (await fromPackage(folder, commit));
  if (other) return other;
  throw new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" cannot be built as python: its source_dir has no ${main}, Pipfile.lock, poetry.lock, uv.lock, pyproject.toml or ` +
      `setup.py. An empty ${main} is enough.`,
  );
}

function fromRequirements(requirements: Map<string, string>, name: string, commit: string): Wanted {
  const text = [...requirements.values()].join('\n');
  const editable = /^\s*(-e|--editable)[\s=].*$/m.exec(text)?.[0].trim();
  if (editable) throw refuseEditable(editable, name);
  return {
    commands: [pipInstall('--requirement', main)],
    // What pip builds from the repository itself changes with each commit.
    inputs: { ...Object.fromEntries(requirements), commit: namesLocalFiles(text) ? commit : '' },
  };
}

/** The tool of a lock file writes it as requirements: in an environment of its own, because it needs packages itself. */
async function exportedBy(folder: string, tools: typeof exporters): Promise<Wanted | undefined> {
  for (const { lock, manifest, packages, command } of tools) {
    const text = await readIfThere(join(folder, lock));
    if (text === undefined) continue;
    const bin = `${toolFolder}/bin`;
    return {
      commands: [
        ['python3', '-m', 'venv', toolFolder],
        [`${bin}/python`, '-I', '-m', 'pip', 'install', '--quiet', ...packages],
        ['/bin/sh', '-c', `${bin}/${command} ${exported}`],
        ['rm', '-r', toolFolder],
        pipInstall('--requirement', exported),
      ],
      inputs: { [lock]: text, [manifest]: (await readIfThere(join(folder, manifest))) ?? '' },
    };
  }
  return undefined;
}

async function fromPackage(folder: string, commit: string): Promise<Wanted | undefined> {
  for (const file of packageFiles) {
    const text = await readIfThere(join(folder, file));
    if (text !== undefined) return { commands: [pipInstall('.')], inputs: { [file]: text, commit } };
  }
  return undefined;
}

function pipInstall(...what: string[]): string[] {
  return ['python', '-I', '-m', 'pip', 'install', ...what];
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

function refuseEditable(line: string, name: string): DeploymentFailure {
  return new DeploymentFailure(
    'BuildJobFailed',
    `"${name}" cannot be built: "${line}" in ${main} points to a folder that exists only during the build. Name it without -e.`,
  );
}
