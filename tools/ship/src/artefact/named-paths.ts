import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { asJavaScript } from './as-javascript.js';
import { packageFolderOf } from './package-folder.js';

/** A file, and a module that reads it. */
export interface Read {
  file: string;
  reader: string;
}

/** A text in a module that may be a path, and the code before it. */
interface Text {
  value: string;
  before: string;
}

const texts = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;
const shownBefore = 120;

/** What follows is no file: the bundler has it, or it is loaded by its name. */
const imports = /\b(?:from|import|require)\s*\(?\s*$|\b(?:require|import\.meta)\.resolve\(\s*$/;

/** A word without a slash is a path only here: as what these functions read, or as the value of such a field. */
const takesPath =
  /\b(?:static|serveStatic|configure|readdir|readdirSync|opendir|readFile|readFileSync|createReadStream|loadFile|sendFile)\(\s*$|\b(?:join|resolve)\((?:[^()]|\(\))*,\s*$|\bresolve\(\s*$|\b\w*(?:root|dir|directory|folder|path|views|templates|files)["']?\s*[:=]\s*\[?\s*$|["']views["'],\s*$/i;

/** Joined with a path that the code computes, such as `join(here, 'data')`. */
const isJoined =
  /\b(?:join|resolve)\((?:[^()]|\(\))*,\s*$|\bnew URL\(\s*$|\b(?:__dirname|import\.meta\.dirname)\s*\+\s*$/;

/** With a slash at the start, it is no absolute path here. */
const addedTo = /\b(?:cwd\(\)|__dirname|import\.meta\.dirname)\s*\+\s*$/;

const ownPlace = /\b__dirname\b|\b__filename\b|\bimport\.meta\.(?:url|dirname|filename)\b/;

/** Folders that packages look for by themselves in the working directory. */
const conventions = [
  // https://expressjs.com/en/api.html#app.set
  { named: /["'`]view engine["'`]/, folder: 'views' },
  // https://github.com/node-config/node-config/wiki/Configuration-Files
  { named: /\bfrom\s*["']config["']|\brequire\(\s*["']config["']\s*\)/, folder: 'config' },
];

/**
 * The files that modules name by a text, from the working directory, which is the folder of the skill, or from the folder of a
 * module: `readFileSync('data/words.txt')`, `static('public')`, `'./locales/{{lng}}.json'`. Of a path with placeholders, all that is in the
 * folder before them.
 *
 * @param modules the workspace's own modules, and their text
 */
export async function namedPaths(skillRoot: string, modules: ReadonlyMap<string, string>): Promise<Read[]> {
  const places = [...modules].filter(([, text]) => ownPlace.test(text)).map(([file]) => dirname(file));
  const reads: Read[] = [];
  for (const [reader, text] of modules) {
    if (![...pathsIn(skillRoot, places, text)].some(existsSync)) continue;
    // Most modules name no file; only of the others it must be sure that it is no comment.
    for (const path of pathsIn(skillRoot, places, await asJavaScript(reader, text)))
      for (const file of await filesAt(skillRoot, path)) reads.push({ file, reader });
  }
  return reads;
}

function pathsIn(skillRoot: string, places: readonly string[], text: string): Set<string> {
  const paths = conventions
    .filter(({ named }) => named.test(text))
    .map(({ folder }) => join(skillRoot, folder));
  for (const found of textsIn(text)) {
    const path = startOf(addedTo.test(found.before) ? found.value.replace(/^\//, '') : found.value);
    if (path === undefined || (!isPath(path) && !takesPath.test(found.before))) continue;
    const bases = isJoined.test(found.before) ? [skillRoot, ...places] : [skillRoot];
    for (const base of bases) paths.push(join(base, path));
  }
  return new Set(paths);
}

function textsIn(text: string): Text[] {
  return [...text.matchAll(texts)]
    .map(({ 0: whole, 1: double, 2: single, 3: template, index }) => ({
      value: double ?? single ?? template ?? whole,
      before: text.slice(Math.max(0, index - shownBefore), index),
    }))
    .filter(({ before }) => !imports.test(before));
}

/** The part of a path before its placeholders; undefined for what is no relative path. */
function startOf(value: string): string | undefined {
  const path = value.replace(/^\$\{process\.cwd\(\)\}\//, '');
  if (path.length > 200 || isAbsolute(path) || /[\n\\:]/.test(path)) return undefined;
  const end = path.search(/\$\{|\{\{?|\*|%s|\[/);
  const start = end < 0 ? path : path.slice(0, path.lastIndexOf('/', end) + 1);
  return /\w/.test(start) ? start : undefined;
}

/** A name without a folder, such as `package.json`, is as often one that the code compares. */
function isPath(value: string): boolean {
  return value.includes('/');
}

/** What builds write. */
const outputs = /^(?:dist\/(?:bundle|image|serve)|\.artefact)(?:\/|$)/;

/** Not the folder of the skill itself, and nothing that a build or a package manager has put there. */
async function filesAt(skillRoot: string, path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return [path];
  if (
    !found?.isDirectory() ||
    !relative(path, skillRoot).startsWith('..') ||
    packageFolderOf(path + sep + sep)
  )
    return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        packageFolderOf(file) === undefined && !outputs.test(relative(skillRoot, file).split(sep).join('/')),
    );
}
