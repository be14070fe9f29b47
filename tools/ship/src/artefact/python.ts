import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { largestBytes } from '../manifest/assets.js';
import { pythonModuleFiles } from '../manifest/python-entry.js';
import { formatBytes } from '../terminal/format.js';
import type { BundledFile } from './bundle.js';
import { gitFiles, readPlainFile } from './git-files.js';

/** The file that pip reads, here and on App Platform. */
export const requirementsFile = 'requirements.txt';

/** Files that do not run: hidden files, build outputs, tests, and documentation. */
const leftOut = [
  /(^|\/)\./,
  /^(dist|README\.md)(\/|$)/,
  /(^|\/)(__pycache__|tests?)\//,
  /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/,
];

/**
 * The files of a Python skill as they are: git lists them, so nothing that it ignores is ever shipped. The packages in
 * requirements.txt are not included, because wheels differ from machine to machine.
 *
 * @param skillRoot absolute path of the skill
 * @param entry empty if a command of its own starts it
 * @throws where it is in no git repository, lacks its entry or its requirements.txt, or has a link to something else
 */
export async function pythonFiles(skillRoot: string, entry: string): Promise<BundledFile[]> {
  const listed = await gitFiles(skillRoot, 'Python');
  const paths = listed.filter((path) => !leftOut.some((form) => form.test(path)));
  if (entry !== '')
    requireAny(paths, pythonModuleFiles(entry), `of the entry "${entry}" in its manifest`, skillRoot);
  requireAny(
    paths,
    [requirementsFile],
    'which must name the packages that are needed, including the server, such as uvicorn',
    skillRoot,
  );
  await checkSizes(skillRoot, paths);
  const files = await Promise.all(paths.map((path) => readPlainFile(skillRoot, path)));
  // The interpreter runs them all: none needs to be a program.
  return files.map(({ path, contents }) => ({ path, contents }));
}

/** uvicorn does not read the port from the environment, where the platform sets it; the defaults are those of Node skills. */
const start = `
import os, sys
try:
    import uvicorn
except ModuleNotFoundError:
    sys.exit("uvicorn is not installed. Name it in ${requirementsFile}.")
port = os.environ.get("PORT")
host = os.environ.get("HOST") or ("0.0.0.0" if port else "127.0.0.1")
uvicorn.run(sys.argv[1], host=host, port=int(port or 8080), timeout_graceful_shutdown=25)
`.trim();

/** Packages bring commands, such as gunicorn, which are beside the interpreter. */
const execute = `
import os, sys
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
try:
    os.execvp(sys.argv[1], sys.argv[1:])
except FileNotFoundError:
    sys.exit(sys.argv[1] + " is not installed. Name it in ${requirementsFile}.")
`.trim();

/** The command line that runs a command in an environment with what requirements.txt names. */
export function pythonStart(command: readonly string[]): string[] {
  return ['python', '-u', '-c', execute, ...command];
}

/** The command line that serves an entry from the folder of its files; it needs an environment with uvicorn. */
export function pythonCommand(entry: string): string[] {
  return ['python', '-u', '-c', start, entry];
}

function requireAny(
  paths: readonly string[],
  wanted: readonly string[],
  what: string,
  skillRoot: string,
): void {
  if (wanted.some((path) => paths.includes(path))) return;
  throw new Error(
    `${skillRoot} has no ${wanted.join(' or ')}, ${what}. Add it, or stop git from ignoring it.`,
  );
}

/** The whole layer is in memory while it is packed. */
async function checkSizes(skillRoot: string, paths: readonly string[]): Promise<void> {
  const sizes = await Promise.all(
    paths.map(async (path) => ({ path, bytes: (await lstat(join(skillRoot, path))).size })),
  );
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const [largest] = sizes.sort((a, b) => b.bytes - a.bytes);
  if (!largest || total <= largestBytes) return;
  throw new Error(
    `The files of ${skillRoot} have ${formatBytes(total)}, of which ${largest.path} has ${formatBytes(largest.bytes)}, and at most ` +
      `${formatBytes(largestBytes)} can be shipped. Let git ignore it, and fetch it when the skill starts.`,
  );
}
