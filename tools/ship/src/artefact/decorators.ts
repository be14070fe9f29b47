import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as TypeScript from 'typescript';

/*
 * Frameworks that inject by types, such as Nest and TypeORM, read the types of constructors and properties when the service runs.
 * TypeScript writes them for emitDecoratorMetadata; esbuild does not: https://esbuild.github.io/content-types/#typescript-caveats
 */

const decorated = /^[ \t]*@[A-Za-z_$]/m;
const typescriptFile = /\.[cm]?ts$/;

/** A module needs the types of its decorators, and TypeScript is not there to write them. */
export class DecoratorError extends Error {
  override readonly name = 'DecoratorError';
}

/** Compiles modules with decorators by TypeScript, where a tsconfig.json sets emitDecoratorMetadata. One for each build. */
export class DecoratorTypes {
  readonly #options = new Map<string, TypeScript.CompilerOptions | undefined>();

  /**
   * @param text of a module of the workspace
   * @returns it in JavaScript with its source map; undefined where esbuild compiles it as well
   * @throws DecoratorError
   */
  compile(file: string, text: string): string | undefined {
    if (!typescriptFile.test(file) || !decorated.test(text)) return undefined;
    const options = this.#optionsFor(file);
    if (options === undefined) return undefined;
    const typescript = typescriptOf(file) ?? missing(file);
    return typescript.transpileModule(text, { fileName: file, compilerOptions: options }).outputText;
  }

  #optionsFor(file: string): TypeScript.CompilerOptions | undefined {
    const config = nearestConfig(dirname(file));
    if (config === undefined) return undefined;
    if (!this.#options.has(config)) this.#options.set(config, readOptions(config));
    return this.#options.get(config);
  }
}

function nearestConfig(folder: string): string | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const file = join(above, 'tsconfig.json');
    if (readText(file) !== undefined) return file;
    if (above === dirname(above)) return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a tsconfig.json may ask for the types: it says so, or extends one that does or that only TypeScript finds. */
function mayAskForTypes(config: string, extending: readonly string[] = []): boolean {
  const text = readText(config);
  if (text === undefined || text.includes('emitDecoratorMetadata') || extending.includes(config)) return true;
  return [...text.matchAll(/"extends"\s*:\s*(?:"(\.[^"\\]*\.json)")?/g)].some(
    ([, base]) => base === undefined || mayAskForTypes(join(dirname(config), base), [...extending, config]),
  );
}

/** @returns undefined where the types are not asked for */
function readOptions(config: string): TypeScript.CompilerOptions | undefined {
  // To load TypeScript takes longer than to bundle a small service.
  if (!mayAskForTypes(config)) return undefined;
  const typescript = typescriptOf(config) ?? mayNotBeThere(config);
  if (typescript === undefined) return undefined;
  const { config: json = {} } = typescript.readConfigFile(config, typescript.sys.readFile) as {
    config?: unknown;
  };
  const noFiles = { ...typescript.sys, readDirectory: () => [] };
  const { options } = typescript.parseJsonConfigFileContent(json, noFiles, dirname(config));
  if (!options.emitDecoratorMetadata) return undefined;
  const { ModuleKind, ScriptTarget } = typescript;
  const target = options.target ?? ScriptTarget.ES5;
  return {
    ...options,
    // esbuild compiles further. How fields are set stays as the project has it.
    target: Math.max(target, ScriptTarget.ES2022),
    useDefineForClassFields: options.useDefineForClassFields ?? target >= ScriptTarget.ES2022,
    module: ModuleKind.ESNext,
    isolatedModules: true,
    inlineSourceMap: true,
    sourceMap: false,
    inlineSources: false,
  };
}

/** The TypeScript of the workspace, if it has one that compiles single files, which version 7 does not. */
function typescriptOf(file: string): typeof TypeScript | undefined {
  try {
    const typescript = createRequire(file)('typescript') as Partial<typeof TypeScript>;
    return typescript.transpileModule ? (typescript as typeof TypeScript) : undefined;
  } catch {
    return undefined;
  }
}

/** Without TypeScript, what a tsconfig.json extends is not read: who has set this there has TypeScript, too. */
function mayNotBeThere(config: string): undefined {
  if (/"emitDecoratorMetadata"\s*:\s*true/.test(readFileSync(config, 'utf8'))) missing(config);
}

function missing(file: string): never {
  throw new DecoratorError(
    `${file} needs TypeScript, up to version 6: it writes the types of decorators (emitDecoratorMetadata), which the bundler cannot. ` +
      'Install it: npm install -D typescript@5. Or compile the service first, and name its output as "entry", with "buildTarget".',
  );
}
