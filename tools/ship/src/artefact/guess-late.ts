import type { OnResolveArgs, PluginBuild } from 'esbuild';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import * as z from 'zod';
import { lookedAt } from './keep-imports.js';
import { importOf, type LatePackage, latePath } from './late-packages.js';
import { isEsModule, packageFolderOf, readPackageJson } from './package-folder.js';

const bareName = /^(?:@[\w.-]+\/)?[\w.-]+/;
const importCalls = /\bimport\(\s*['"]([\w@][^'"]*)['"]/g;
const declaredSchema = z.object({ dependencies: z.record(z.string(), z.unknown()) });

/**
 * Guesses, while a service is bundled, which packages share no module with the rest: those that the workspace's own code imports by
 * `import()`, and that declare no dependency which something else that it imports has, too; and single modules.
 */
export class LateGuesses {
  readonly #found = new Map<string, LatePackage>();
  /** The folders that were looked at, by what imports them. */
  readonly #users = new Map<string, Set<string>>();
  readonly #installed = new InstalledPackages();
  /** Imports that were not looked at, since nothing has been guessed yet: most services have no such package. */
  #waiting: [name: string, importer: string][] = [];
  readonly #read = new Set<string>();

  constructor(private readonly entry: string) {}

  get all(): LatePackage[] {
    return [...this.#found.values()];
  }

  /** @returns what an import() of a package is taken for; undefined if it is to be bundled with the rest */
  readonly find = async (
    args: OnResolveArgs,
    resolve: PluginBuild['resolve'],
  ): Promise<LatePackage | undefined> => {
    const { path: specifier, importer, resolveDir, kind } = args;
    if (args.pluginData === lookedAt || packageFolderOf(importer) !== undefined) return undefined;
    const name = bareName.exec(specifier)?.[0] ?? specifier;
    if (kind !== 'dynamic-import') return void this.#waiting.push([name, importer]);
    for (const [other, at] of this.#waiting) this.#use(other, at, `${other} at once`);
    this.#waiting = [];
    this.#useOthers(importer);
    const isApart = this.#isApart(name, importer);
    const found = await resolve(specifier, { importer, resolveDir, kind, pluginData: lookedAt });
    if (found.errors.length > 0 || found.external || found.namespace !== 'file') return undefined;
    if (!isApart && !importsNothing(found.path)) return undefined;
    // Packages of the workspace are bundled from source.
    const isModule = /\.(?:wasm|m?tsx?)$/.test(found.path) || isEsModule(found.path);
    const format = isModule ? 'esm' : 'cjs';
    const path = latePath(this.entry, { specifier, format });
    const guess = { specifier, importer, file: found.path, format, path } as const;
    this.#found.set(importOf(guess), guess);
    return guess;
  };

  /** A module may import several such packages; esbuild asks for one after the other. */
  #useOthers(importer: string): void {
    if (this.#read.has(importer)) return;
    this.#read.add(importer);
    for (const [, specifier = ''] of readFileSync(importer, 'utf8').matchAll(importCalls)) {
      const name = bareName.exec(specifier)?.[0] ?? specifier;
      this.#use(name, importer, name);
    }
  }

  #use(name: string, importer: string, user: string): void {
    for (const folder of this.#installed.withDependencies(name, importer))
      this.#users.set(folder, (this.#users.get(folder) ?? new Set()).add(user));
  }

  #isApart(name: string, importer: string): boolean {
    const folders = this.#installed.withDependencies(name, importer);
    return folders.every((folder) => this.#users.get(folder)?.size === 1);
  }
}

function importsNothing(file: string): boolean {
  return !/\bfrom\s*['"]|\bimport\s*['"(]|\brequire\(/.test(readFileSync(file, 'latin1'));
}

function isOfWorkspace(folder: string): boolean {
  return !realpathSync(folder).includes(`${sep}node_modules${sep}`);
}

/** Looks each package up once: the modules of a service import the same ones. */
class InstalledPackages {
  readonly #folders = new Map<string, string | undefined>();
  readonly #closures = new Map<string, string[]>();
  readonly #dependencies = new Map<string, string[]>();

  /**
   * The folders of an installed package and of all that it declares to need. Of a package of the workspace only its own: its modules
   * are bundled from source, so their imports are seen one by one.
   */
  withDependencies(name: string, importer: string): string[] {
    const root = this.#folderOf(name, dirname(importer));
    if (root === undefined) return [];
    const known = this.#closures.get(root);
    if (known) return known;
    const found = new Set([root]);
    for (const folder of isOfWorkspace(root) ? [] : found)
      for (const one of this.#dependenciesOf(folder)) {
        const installed = this.#folderOf(one, folder);
        if (installed !== undefined) found.add(installed);
      }
    this.#closures.set(root, [...found]);
    return [...found];
  }

  #dependenciesOf(folder: string): string[] {
    const known = this.#dependencies.get(folder);
    if (known) return known;
    const { dependencies = {} } = declaredSchema.safeParse(readPackageJson(folder)).data ?? {};
    const names = Object.keys(dependencies);
    this.#dependencies.set(folder, names);
    return names;
  }

  /** Where Node finds a package from a folder. */
  #folderOf(name: string, from: string): string | undefined {
    const key = `${from}\n${name}`;
    if (this.#folders.has(key)) return this.#folders.get(key);
    const installed = join(from, 'node_modules', name);
    const above = dirname(from);
    const folder = existsSync(join(installed, 'package.json'))
      ? installed
      : above === from
        ? undefined
        : this.#folderOf(name, above);
    this.#folders.set(key, folder);
    return folder;
  }
}
