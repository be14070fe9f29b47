import { git } from '@odoobo/machine/git';
import { readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

/** Something in the folder of a Python skill that its artefact lacks, because git ignores it. */
export interface LeftBehind {
  /** From the skill; a folder ends with `/`. */
  path: string;
  /** Where the code names it: `main.py:3`. */
  namedAt?: string;
}

/** What no service reads: environments, caches, and what builds write. */
const neverRead = [
  /(^|\/)(__pycache__|node_modules|venv|env|dist|build|coverage|logs|[^/]+\.egg-info)\/$/,
  /\.(py[co]|log)$/,
  /(^|\/)\./,
];

/** Hidden, but often read. */
const environment = /(^|\/)\.env[^/]*$/;

/**
 * Files and folders that git ignores, so that a Python skill is shipped without them, though its code may read them. A file of
 * variables is only one of them if the code names it.
 *
 * @param skillRoot absolute path of the skill
 * @param sources absolute paths of what is shipped
 */
export async function findLeftBehind(skillRoot: string, sources: readonly string[]): Promise<LeftBehind[]> {
  const shipped = sources.map((file) => relative(skillRoot, file).split(sep).join('/'));
  const ignored = (await listIgnored(skillRoot)).filter(
    (path) =>
      (environment.test(path) || !neverRead.some((form) => form.test(path))) &&
      !shipped.some((file) => file === path || (path.endsWith('/') && file.startsWith(path))),
  );
  if (ignored.length === 0) return [];
  const code = shipped.filter((file) => file.endsWith('.py'));
  const texts = await Promise.all(code.map((file) => readFile(join(skillRoot, file), 'utf8')));
  return ignored.flatMap((path) => {
    const namedAt = firstPlace(path, code, texts);
    if (namedAt !== undefined) return { path, namedAt };
    return environment.test(path) ? [] : { path };
  });
}

/** A folder whose whole content is ignored stands for its files. */
async function listIgnored(skillRoot: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  const { stdout } = await git(args, { cwd: skillRoot });
  const paths = stdout.split('\0').filter((path) => path !== '');
  // Git lists a folder and its files if a pattern names the files.
  const folders = paths.filter((path) => path.endsWith('/'));
  return paths.filter((path) => !folders.some((folder) => path !== folder && path.startsWith(folder)));
}

/** The first line that has its name; for a module, the name that imports have. */
function firstPlace(path: string, code: readonly string[], texts: readonly string[]): string | undefined {
  const name = escaped(basename(path).replace(/\.py$/, ''));
  const form = environment.test(path) ? /\bdotenv\b|["'/]\.env/ : new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
  for (const [index, text] of texts.entries()) {
    const line = text.split('\n').findIndex((one) => form.test(one));
    if (line >= 0) return `${code[index]}:${line + 1}`;
  }
  return undefined;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
