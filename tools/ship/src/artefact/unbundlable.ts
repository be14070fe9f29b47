import type { Plugin } from 'esbuild';
import { join } from 'node:path';
import * as z from 'zod';
import { installedOptional } from './optional-packages.js';
import { packageFolderOf, packageNameOf, readPackageJson } from './package-folder.js';

/** What tells that a package holds native code: https://docs.npmjs.com/cli/configuring-npm/package-json, node-gyp and node-pre-gyp. */
const nativeSchema = z.object({
  gypfile: z.literal(true).optional(),
  binary: z.unknown().optional(),
  napi: z.unknown().optional(),
  optionalDependencies: z.record(z.string(), z.unknown()).optional(),
});

/** Packages whose only purpose is to find the native file of the package that imports them. */
const nativeLoaders =
  /^(?:bindings|node-gyp-build|node-gyp-build-optional-packages|prebuild-install|node-pre-gyp|@mapbox\/node-pre-gyp)$|\.node$/;

/** Paths made from the module's own folder: what is there is no import, so a bundler does not see it. */
const ownFile =
  /\b(?:join|resolve)\)?\(\s*__dirname\b|\b__dirname\s*\+|\$\{__dirname\}|\bnew URL\([^()]{1,200},\s*import\.meta\.url|\bimport\.meta\.dirname\b|\bmodule\.filename\b|\brequire\.resolve\(\s*['"]\./;

/** The same by the working directory, which is the folder of the skill, or by a variable. */
const ownFolder = /\b(?:join|resolve)\(\s*process\.cwd\(\)|\bfileURLToPath\(\s*import\.meta\.url/;

const wasmUrl = /\bnew URL\(\s*['"][^'"]*\.wasm['"],\s*import\.meta\.url/g;

/** A folder that is given away as a whole, as by swagger-ui-dist, or kept in a variable: nobody can see which files of it are read. */
const wholeFolder =
  /\b(?:resolve|join)\)?\(\s*__dirname\s*\)|\breturn __dirname\b|\bdirname\(\s*module\.filename\b|\brequire\(\s*[\w$.]*\b(?:join|resolve)\)?\((?!\s*__dirname)[^()]*\.json['"]\s*\)\s*\)/;

const ownDescription = /\b(?:join|resolve)\)?\((?:[^()]|\(\))*['"`][^'"`]*\bpackage\.json['"`]/;

/** Each takes the name of a package as a text, and loads it with `require` or `import` of a variable. */
const namedByText = [
  // https://expressjs.com/en/api.html#app.set, and Nest's and hbs' own ways to say the same
  /['"`]view engine['"`]\s*,\s*['"`]([\w@/.-]+)['"`]/g,
  /\bsetViewEngine\(\s*['"`]([\w@/.-]+)['"`]/g,
];

/** The path of a file of a package, as of a stylesheet. */
const resolved = /\b(?:\w*[rR]equire|import\.meta)\.resolve\(\s*['"`]([\w@][\w@/.-]*)['"`]/g;

/** Code that shows or compares the name of a class, as `this.constructor.name` and `OrderService.name`. */
const classNames = /\b(?:constructor|new\.target|[A-Z]\w*[a-z]\w*)\.name\b/;

/** These name tables, models or events by classes: Nest, TypeORM and others with decorators, and Sequelize. */
const classNaming = new Set(['reflect-metadata', 'sequelize']);

/** Packages that hold the native code of another one for one platform, such as `@img/sharp-linux-x64`. */
export const platformName = /[-/](?:linux|darwin|win32)-(?:x64|arm64)/;
const transportTarget = /\btarget['"]?\s*:\s*['"`]([\w@/.-]+)['"`]/g;

/** These read their own files only if a service logs in threads. */
const threadLoggers = new Set(['pino', 'thread-stream']);

/** Packages of which one is loaded by a name that another package computes. */
export interface Choice {
  by: string;
  /** The names of those that are installed. */
  names: string[];
}

/**
 * Looks at the modules of a bundle while they are read, and tells which packages only work unbundled: those with native
 * code, and those that read files or start threads from their own folder.
 */
export class Unbundlable {
  /** Packages that the service names in a text instead of an import, each with the module that does. */
  readonly named = new Map<string, string>();
  /** The workspace's own modules, and their text. */
  readonly ownModules = new Map<string, string>();
  /** Those of them that make paths. */
  readonly ownReaders = new Map<string, string>();
  /** Absolute paths of the sources of threads. */
  readonly threads = new Set<string>();
  /** Folders of all packages. */
  readonly packages = new Set<string>();
  /** Those of them that load something by a computed name. */
  readonly #loaders = new Set<string>();
  readonly #native = new Set<string>();
  readonly #readers = new Map<string, string>();
  readonly #inlined = new Set<string>();
  #logsInThreads = false;
  #readsClassNames = false;

  /** Takes note of a module. @param text that of the workspace's own modules, and of those that ask for their path */
  readonly see = (file: string, text?: string): void => {
    const folder = packageFolderOf(file);
    if (folder === undefined) return void (text !== undefined && this.#seeOwn(file, text));
    this.packages.add(folder);
    if (file.endsWith('.wasm')) this.#inlined.add(folder);
    if (text !== undefined && ownFile.test(text)) this.#readers.set(file, text);
  };

  /** Takes note of the source of a thread. */
  readonly seeThread = (file: string): void => void this.threads.add(file);

  #seeOwn(file: string, text: string): void {
    this.ownModules.set(file, text);
    if (ownFile.test(text) || ownFolder.test(text)) this.ownReaders.set(file, text);
    this.#readsClassNames ||= classNames.test(text);
    this.#logsInThreads ||= /['"]thread-stream['"]/.test(text);
    const names = namedByText.flatMap((form) => [...text.matchAll(form)]);
    if (/\btransports?\b/.test(text)) {
      const targets = [...text.matchAll(transportTarget)];
      this.#logsInThreads ||= targets.length > 0 || /\.transport\(/.test(text);
      names.push(...targets);
    }
    names.push(...text.matchAll(resolved));
    for (const [, name = ''] of names) if (isPackage(name)) this.named.set(name, file);
  }

  /** Takes note of a module of a package that loads something by a computed name. */
  readonly seeLoader = (file: string): void => {
    const folder = packageFolderOf(file);
    if (folder !== undefined) this.#loaders.add(folder);
  };

  /** Packages of which another one loads one by a computed name, as Sequelize does with drivers, and of which none is in the bundle. */
  choices(): Choice[] {
    const bundled = new Set([...this.packages].map(packageNameOf));
    // A package with native code is shipped with what it loads.
    const native = new Set(this.nativePackages());
    const loaders = [...this.#loaders].filter((folder) => !native.has(folder));
    const found = loaders.map((folder) => ({
      by: packageNameOf(folder),
      names: installedOptional(folder).map(({ name }) => name),
    }));
    return found.filter(({ names }) => names.length > 0 && !names.some((name) => bundled.has(name)));
  }

  /** Modules of packages that make paths from their own folder. */
  readers(): string[] {
    return [...this.#readers.keys()].filter((file) => {
      const name = packageNameOf(packageFolderOf(file) ?? file);
      return ownFile.test(this.#withoutInlined(file)) && (this.#logsInThreads || !threadLoggers.has(name));
    });
  }

  /** The package.json of packages that read their own by a path that they make. */
  descriptions(): string[] {
    const files = this.readers().filter((file) => ownDescription.test(this.#readers.get(file) ?? ''));
    const folders = new Set(files.flatMap((file) => packageFolderOf(file) ?? []));
    return [...folders].map((folder) => join(folder, 'package.json'));
  }

  /** Folders of packages that give away their whole folder. */
  whole(): Set<string> {
    const files = this.readers().filter((file) => wholeFolder.test(this.#withoutInlined(file)));
    return new Set(files.flatMap((file) => packageFolderOf(file) ?? []));
  }

  /** A module looks for its WebAssembly only if nobody gives it the bytes. */
  #withoutInlined(file: string): string {
    const text = this.#readers.get(file) ?? '';
    return this.#inlined.has(packageFolderOf(file) ?? '') ? text.replaceAll(wasmUrl, '') : text;
  }

  /** Takes note of imports of native code. */
  plugin(): Plugin {
    return {
      name: 'native-code',
      setup: ({ onResolve }) =>
        onResolve({ filter: nativeLoaders }, ({ importer }) => {
          const folder = packageFolderOf(importer);
          if (folder !== undefined) this.#native.add(folder);
          return undefined;
        }),
    };
  }

  /** Whether names of classes matter when the service runs: to its own code, or to a package that makes other names of them. */
  usesClassNames(): boolean {
    return (
      this.#readsClassNames || [...this.packages].some((folder) => classNaming.has(packageNameOf(folder)))
    );
  }

  /** Folders of packages with native code: those that load it, and those that say so. */
  nativePackages(): string[] {
    return [...this.packages].filter((folder) => this.#native.has(folder) || saysNative(folder));
  }
}

function isPackage(name: string): boolean {
  return /^(?:@[\w.-]+\/)?\w/.test(name);
}

function saysNative(folder: string): boolean {
  const { data } = nativeSchema.safeParse(readPackageJson(folder));
  if (data === undefined) return false;
  // One package for each platform, such as @img/sharp-linux-x64.
  const parts = Object.keys(data.optionalDependencies ?? {});
  return (
    (data.gypfile ?? data.binary ?? data.napi) !== undefined || parts.some((name) => platformName.test(name))
  );
}
