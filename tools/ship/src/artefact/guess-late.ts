import type { OnResolveArgs, PluginBuild } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
    if (kind !== 'dynamic-import') return void this.#use(name, importer, `${name} at once`);
    this.#useOthers(importer);
    const isApart = this.#isApart(name, importer);
    const found = await resolve(specifier, { importer, resolveDir, kind, pluginData: lookedAt });
    if (found.errors.length > 0 || found.external || found.namespace !== 'file') return undefined;
    if (!isApart && !importsNothing(found.path)) return undefined;
    const format = found.path.endsWith('.wasm') || isEsModule(found.path) ? 'esm' : 'cjs';
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
    for (const folder of withDependencies(name, importer))
      this.#users.set(folder, (this.#users.get(folder) ?? new Set()).add(user));
  }

  #isApart(name: string, importer: string): boolean {
    return withDependencies(name, importer).every((folder) => this.#users.get(folder)?.size === 1);
  }
}

function importsNothing(file: string): boolean {
  return !/\bfrom\s*['"]|\bimport\s*['"(]|\brequire\(/.test(readFileSync(file, 'latin1'));
}

/** The folders of an installed package and of all that it declares to need. */
function withDependencies(name: string, importer: string): string[] {
  const found = new Set<string>();
  const open = [installedAt(name, dirname(importer))];
  for (const folder of open) {
    if (folder === undefined || found.has(folder)) continue;
    found.add(folder);
    const { dependencies = {} } = declaredSchema.safeParse(readPackageJson(folder)).data ?? {};
    open.push(...Object.keys(dependencies).map((one) => installedAt(one, folder)));
  }
  return [...found];
}

function installedAt(name: string, folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const installed = join(above, 'node_modules', name);
    if (existsSync(join(installed, 'package.json'))) return installed;
    if (above === dirname(above)) return undefined;
  }
}
