import type { Plugin } from 'esbuild';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { followedRequires } from './created-requires.js';
import { DecoratorTypes } from './decorators.js';
import { namedThreads } from './named-threads.js';

/** The extensions of code, each with esbuild's name for its syntax. */
const loaders = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
} as const;

const code = /\.(?:[cm]?[jt]sx?|wasm)$/;
/** Is in the path of each module of an installed package. */
const inPackages = `${sep}node_modules${sep}`;
const placeWords = ['__dirname', '__filename', 'import.meta.', 'createRequire'];
/** In modules of the workspace itself. */
const ownWords = ['require.main', 'module.parent', 'import(', 'require('];
const declaresPlace = /\b(?:const|let|var)\s+(?:\{[^}]*)?__(?:dirname|filename)\b/;

/**
 * The path of the bundle in the artefact. It is beside the entry, so that the entry finds the files that are beside it.
 *
 * @param entry the entry of the skill, relative to it
 */
export function bundlePath(entry: string): string {
  return posix.join(posix.dirname(entry), 'main.mjs');
}

/** The code at the start of a bundle: its CommonJS modules get `require`, and each module the path it was written at. */
export function bundleBanner(entry: string): string {
  return (
    "import{createRequire as __createRequire}from'node:module';" +
    "import{fileURLToPath as __fileURLToPath}from'node:url';" +
    `const require=__createRequire(import.meta.url),${placeFunctions(entry, 'import.meta.url')}`
  );
}

/** The same for a bundle beside it that is CommonJS itself. */
export function commonJsBanner(entry: string): string {
  const ownUrl = '__pathToFileURL(__filename)';
  return (
    "const{fileURLToPath:__fileURLToPath,pathToFileURL:__pathToFileURL}=require('node:url')," +
    placeFunctions(entry, ownUrl)
  );
}

function placeFunctions(entry: string, ownUrl: string): string {
  const root = posix.relative(posix.dirname(bundlePath(entry)), '.') || '.';
  return (
    `__artefactURL=(path)=>new URL(path,new URL("${root}/",${ownUrl})).href,` +
    '__artefactPath=(path)=>__fileURLToPath(__artefactURL(path));'
  );
}

/** Gets to know the modules of a bundle. */
export interface Seen {
  /** @param text of the workspace's own modules, and of those that ask for their path */
  see: (file: string, text?: string) => void;
  /** @param file the source of a thread that a module starts */
  seeThread: (file: string) => void;
}

/**
 * Gives each bundled module the path that it was written at, so that `new URL('./views', import.meta.url)` and
 * `join(__dirname, 'views')` name the same file as before: the one that the artefact has at that path.
 *
 * @param skillRoot absolute path of the skill
 * @param entry its entry, relative to `skillRoot`
 */
export function ownPlace(skillRoot: string, entry: string, seen: Seen): Plugin {
  const types = new DecoratorTypes();
  return {
    name: 'own-place',
    setup: ({ onLoad }) =>
      onLoad({ filter: code, namespace: 'file' }, ({ path: file }) => {
        if (file.endsWith('.wasm')) return void seen.see(file);
        // Not decoded before it must be, and not by promises: most of a thousand files have none of these words.
        const bytes = readFileSync(file);
        const isOwn = !file.includes(inPackages);
        const words = isOwn ? [...placeWords, ...ownWords] : placeWords;
        const asksForPlace = words.some((word) => bytes.includes(word));
        const text = asksForPlace || isOwn ? bytes.toString('utf8') : undefined;
        seen.see(file, text);
        if (text === undefined) return undefined;
        const compiled = isOwn ? types.compile(file, text) : undefined;
        if (!asksForPlace && compiled === undefined) return undefined;
        const loader = loaders[extname(file) as keyof typeof loaders];
        const named = isOwn ? namedThreads(file, compiled ?? text) : { text, threads: [] };
        for (const thread of named.threads) seen.seeThread(thread);
        const isEntry = file === join(skillRoot, entry);
        const place = isEntry ? bundlePath(entry) : placeInArtefact(skillRoot, file);
        const asOwn = isOwn ? withExtensions(file, answerMain(named.text, isEntry)) : named.text;
        const contents = placed(followedRequires(file, asOwn, isOwn), place);
        // What is as it was, esbuild reads faster by itself.
        if (contents === text && named.threads.length === 0) return undefined;
        return { contents, loader, watchFiles: named.threads };
      }),
  };
}

/**
 * The path of a file in the artefact: that of a package starts at `node_modules`, because packages may be elsewhere in
 * another checkout, and any other is as seen from the skill.
 */
export function placeInArtefact(skillRoot: string, file: string): string {
  const path = relative(skillRoot, file).split(sep).join('/');
  const start = path.lastIndexOf('node_modules/');
  return start < 0 ? path.replace(/^(\.\.\/)+/, '') : path.slice(start);
}

/** Not where it is assigned, as code of Emscripten does where a runtime has none: a call cannot be assigned to. */
const ownUrlOfModule = /\bimport\.meta\.url\b(?!\s*=[^=])/g;

/** Keeps the lines as they are, for the source map. */
function placed(text: string, place: string): string {
  const [file, folder] = [place, dirname(place)].map((path) => JSON.stringify(path));
  const replaced = text
    .replace(ownUrlOfModule, `__artefactURL(${file})`)
    .replace(/\bimport\.meta\.dirname\b/g, `__artefactPath(${folder})`)
    .replace(/\bimport\.meta\.filename\b/g, `__artefactPath(${file})`);
  if (!/\b__(?:dirname|filename)\b/.test(replaced) || declaresPlace.test(replaced)) return replaced;
  const names = `var __filename=__artefactPath(${file}),__dirname=__artefactPath(${folder});`;
  return replaced.replace(/^(#!.*\n)?/, (shebang) => `${shebang}${names}`);
}

/** Only one end of the path is computed; the folder is written there: `./routes/${name}.js`, `'./routes/' + name`. */
const template = /\b(import|require)\(\s*`(\.{1,2}\/[^`$]*\$\{[^`]*)`\s*\)/g;
const sum =
  /\b(import|require)\(\s*(['"])(\.{1,2}\/[^'"]*\/)\2\s*\+\s*([\w$.[\]]+)(?:\s*\+\s*(['"])([^'"]*)\5)?\s*\)/g;

/**
 * Gives computed imports the extensions that the files have, because the bundler looks for the path as it is written: it knows neither
 * that `.js` may stand for TypeScript, nor that `require` finds a file without its extension.
 */
function withExtensions(file: string, text: string): string {
  if (!/\b(?:import|require)\(\s*(?:`|['"]\.{1,2}\/[^'"]*\/['"]\s*\+)/.test(text)) return text;
  return text
    .replace(template, (_, call: string, path: string) => extended(file, call, path))
    .replace(sum, (_, call: string, _quote: string, start: string, name: string, _end?: string, end = '') =>
      extended(file, call, `${start}\${${name}}${end}`),
    );
}

function extended(file: string, call: string, path: string): string {
  const start = path.slice(0, path.indexOf('${'));
  const known = extensionsIn(join(dirname(file), start.slice(0, start.lastIndexOf('/'))));
  const written = /\.([cm]?)js$/.exec(path);
  if (written !== null) {
    const compiled = `.${written[1]}ts`;
    const isSource = !known.has(written[0]) && known.has(compiled);
    return `${call}(\`${isSource ? path.slice(0, -written[0].length) + compiled : path}\`)`;
  }
  const added = ['.js', '.ts', '.cjs', '.mjs', '.cts', '.mts'].find((one) => known.has(one));
  if (!path.endsWith('}') || added === undefined) return `${call}(\`${path}\`)`;
  return `(/\\.\\w+$/.test(\`${path}\`)?${call}(\`${path}\`):${call}(\`${path}${added}\`))`;
}

function extensionsIn(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder).map((name) => extname(name)));
  } catch {
    // A folder that is not there: the bundler says so.
    return new Set();
  }
}

const isMain = /\brequire\.main\s*([=!])==?\s*module\b|\bmodule\s*([=!])==?\s*require\.main\b/g;
const isLoaded = /!\s*module\.parent\b/g;
const startedHere = /\bimport\.meta\.main\b/g;

/**
 * Answers the questions by which a module knows that it was started, and not imported: `require.main === module`, `!module.parent`
 * and `import.meta.main`. In a bundle all modules would get the answer of the bundle, which is that another module loads it.
 *
 * @param isEntry whether it is the module that starts the service
 */
function answerMain(text: string, isEntry: boolean): string {
  return text
    .replace(isMain, (_, equal?: string, other?: string) => String(isEntry === ((equal ?? other) === '=')))
    .replace(isLoaded, String(isEntry))
    .replace(startedHere, String(isEntry));
}
