import { git } from '@odoobo/machine/git';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { largestBytes } from '../manifest/assets.js';
import { formatBytes } from '../terminal/format.js';
import { asJavaScript } from './as-javascript.js';
import { ignoredByGit } from './assets.js';
import { namedPaths, type Read } from './named-paths.js';
import { startsThreads } from './named-threads.js';
import { packageFolderOf } from './package-folder.js';
import { filesReadBy } from './trace-packages.js';

/** A file that a module of the workspace reads, though the artefact does not get it. */
export interface LeftOut {
  /** From the skill. */
  path: string;
  /** The line that reads it: `src/main.ts:3`. */
  readAt: string;
  why: 'ignored' | 'outside' | 'typescript';
}

export interface OwnFiles {
  /** Absolute paths of the files to ship, sorted. */
  files: string[];
  leftOut: LeftOut[];
}

/** What is known of the modules before their files are looked for. */
export interface Readers {
  /** The workspace's own modules, and their text. */
  modules: ReadonlyMap<string, string>;
  /** Those of them that make paths from their own folder or from the working directory. */
  readers: ReadonlyMap<string, string>;
  /** Absolute paths of all that is bundled, or shipped because the manifest names it. */
  shipped: ReadonlySet<string>;
}

/** A file that a module reads cannot be shipped. */
export class OwnFileError extends Error {
  override readonly name = 'OwnFileError';
}

const typescript = /\.[cm]?tsx?$/;
const neverRead = /\.(?:test|spec)\.[cm]?[jt]sx?$|\.d\.[cm]?ts$/;

/** Such files include others of their kind, which no code names. */
const includes = /\.(?:proto|graphql|gql|ejs|pug|hbs|handlebars|mustache|njk|liquid|mjml|eta|scss|xsd)$/;

/**
 * Finds the files that the workspace's own modules read, in their code: `new URL('./page.html', import.meta.url)`,
 * `join(__dirname, 'views')`, `static('public')`. As of a Python skill, those are shipped that git does not ignore, without hidden files: these are the
 * same in each clone. A file that the build of a project has made may read others that it made.
 *
 * @throws OwnFileError where a file is a link out of the repository, is TypeScript, or is too large
 */
export async function findOwnFiles(
  skillRoot: string,
  { modules, readers, shipped }: Readers,
): Promise<OwnFiles> {
  const named = await namedPaths(skillRoot, modules);
  const traced = await readsOf(skillRoot, readers);
  const reads = await withIncluded([...traced, ...named]);
  const found = readable(skillRoot, reads).filter(({ file }) => !shipped.has(file));
  if (found.length === 0) return { files: [], leftOut: [] };
  const root = await repositoryOf(skillRoot);
  const describe = ({ file, reader }: Read): Omit<LeftOut, 'why'> => ({
    path: fromSkill(skillRoot, file),
    readAt: lineOf(skillRoot, file, reader, modules.get(reader) ?? ''),
  });
  const [inside, outside] = split(found, ({ file }) => isInside(root, file));
  const ignored = await ignoredIn(skillRoot, root, inside);
  const [made, rest] = split(inside, ({ file, reader }) => ignored.has(file) && !ignored.has(reader));
  // Of a path that only a text names, nobody knows whether it is read, so it may be source that only the tools read.
  const certain = new Set(traced.map(({ file }) => file));
  const [source, kept] = split(
    rest,
    ({ file, reader }) =>
      typescript.test(file) && !certain.has(file) && !startsThreads(modules.get(reader) ?? ''),
  );
  for (const read of kept) await requireShippable(root, read, describe(read), modules.get(read.reader) ?? '');
  await requireSize(kept, describe);
  return {
    files: kept.map(({ file }) => file).sort(),
    leftOut: [
      ...made.map((read) => ({ ...describe(read), why: 'ignored' as const })),
      ...outside.map((read) => ({ ...describe(read), why: 'outside' as const })),
      ...source
        .filter(({ file, reader }) => !isNamed(file, modules.get(reader) ?? ''))
        .map((read) => ({ ...describe(read), why: 'typescript' as const })),
    ],
  };
}

async function readsOf(skillRoot: string, modules: ReadonlyMap<string, string>): Promise<Read[]> {
  if (modules.size === 0) return [];
  const sources = new Map<string, string>();
  // The tracer reads JavaScript only.
  for (const [file, text] of modules)
    sources.set(file, typescript.test(file) ? await asJavaScript(file, text) : text);
  // Not the cache of the build: of the modules that are read here, it would know nothing else.
  const read = await filesReadBy(new Set(sources.keys()), { round: 0 }, { skillRoot, sources });
  return [...read].flatMap(([reader, files]) => files.map((file) => ({ file, reader })));
}

async function withIncluded(reads: readonly Read[]): Promise<Read[]> {
  const included = await Promise.all(
    reads
      .filter(({ file }) => includes.test(file))
      .map(async ({ file, reader }) => {
        const names = await readdir(dirname(file));
        const same = names.filter((name) => extname(name) === extname(file));
        return same.map((name) => ({ file: join(dirname(file), name), reader }));
      }),
  );
  return [...reads, ...included.flat()];
}

/** Each file once, without hidden files, packages, tests and types. */
function readable(skillRoot: string, reads: readonly Read[]): Read[] {
  const found = new Map<string, Read>();
  for (const read of reads) if (!found.has(read.file)) found.set(read.file, read);
  return [...found.values()]
    .filter(({ file }) => packageFolderOf(file) === undefined && !neverRead.test(file))
    .filter(
      ({ file }) =>
        !fromSkill(skillRoot, file)
          .split('/')
          .some((part) => /^\.[^.]/.test(part)),
    );
}

/** The repository of the skill; the skill where there is none. */
async function repositoryOf(skillRoot: string): Promise<string> {
  const { stdout, exitCode } = await git(['rev-parse', '--show-toplevel'], { cwd: skillRoot });
  return realpath(exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : skillRoot);
}

async function ignoredIn(skillRoot: string, root: string, reads: readonly Read[]): Promise<Set<string>> {
  const paths = new Set(reads.flatMap(({ file, reader }) => [file, reader]));
  const known = [...paths].filter((path) => isInside(root, path));
  return new Set(await ignoredByGit(skillRoot, known));
}

/** The name of each file that a folder is read for is not in the code. */
function isNamed(file: string, text: string): boolean {
  return text.includes(basename(file));
}

async function requireShippable(
  root: string,
  { file, reader }: Read,
  { path, readAt }: Omit<LeftOut, 'why'>,
  text: string,
): Promise<void> {
  const target = await realpath(file);
  if (!isInside(root, target)) {
    throw new OwnFileError(
      `${readAt} reads ${path}, which links to ${target}, outside of the repository. Copy the file into the skill.`,
    );
  }
  if ((await stat(file)).isDirectory())
    throw new OwnFileError(
      `${readAt} reads ${path}, a link to a folder. Name its files in "assets" of skill.json.`,
    );
  if (!typescript.test(file) || (isNamed(file, text) && !startsThreads(text))) return;
  if (!isNamed(file, text)) {
    throw new OwnFileError(
      `${readAt} reads the folder of ${path}, and Node does not load TypeScript. Import it, or compile the service first, into its own ` +
        'folder, and name its output as "entry", with "buildTarget". If it is data, name it in "assets".',
    );
  }
  const name = relative(dirname(reader), file).split(sep).join('/');
  throw new OwnFileError(
    `${readAt} starts a thread from ${path}, and Node does not load TypeScript. ` +
      `Name it as new URL('${name.startsWith('.') ? name : `./${name}`}', import.meta.url): then it is bundled.`,
  );
}

async function requireSize(
  reads: readonly Read[],
  describe: (read: Read) => Omit<LeftOut, 'why'>,
): Promise<void> {
  const sizes = await Promise.all(reads.map(async (read) => ({ read, bytes: (await stat(read.file)).size })));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const [largest] = sizes.sort((a, b) => b.bytes - a.bytes);
  if (!largest || total <= largestBytes) return;
  const { path, readAt } = describe(largest.read);
  throw new OwnFileError(
    `${readAt} reads ${path}, which has ${formatBytes(largest.bytes)}; all that the code reads has ${formatBytes(total)}, and at most ` +
      `${formatBytes(largestBytes)} can be shipped. Fetch large files when the skill starts.`,
  );
}

/** The first line that names the file, or one of its folders. */
function lineOf(skillRoot: string, file: string, reader: string, text: string): string {
  const lines = text.split('\n');
  const names = [basename(file), ...relative(dirname(reader), dirname(file)).split(sep).reverse()];
  const name = names.find((one) => one !== '' && one !== '..' && text.includes(one)) ?? '';
  const line = lines.findIndex((one) => one.includes(name));
  return `${fromSkill(skillRoot, reader)}:${line + 1}`;
}

function fromSkill(skillRoot: string, file: string): string {
  return relative(skillRoot, file).split(sep).join('/');
}

function isInside(root: string, file: string): boolean {
  return file.startsWith(root + sep);
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
