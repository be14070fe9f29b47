import { posix } from 'node:path';
import { findHealthPath } from './health-path.js';
import {
  type AdoptedProject,
  firstOf,
  type ProjectFiles,
  type Service,
  UnknownServiceError,
} from './project-files.js';

type Scripts = Readonly<Record<string, string>>;

interface PackageJson {
  main?: string;
  scripts?: Scripts;
  dependencies?: object;
  devDependencies?: object;
}

/** What starts a service, by convention, where its package does not say it. */
const usualEntries = [
  'src/main.ts',
  'src/index.ts',
  'src/server.ts',
  'src/app.ts',
  'src/main.js',
  'src/index.js',
  'src/server.js',
  'server.js',
  'index.js',
  'app.js',
  'main.js',
  'server.mjs',
  'index.mjs',
];

/** What comes before the program of a script: `cross-env NODE_ENV=production node server.js`. */
const variables = String.raw`^(?:cross-env\s+)?(?:\w+=\S+\s+)*`;
/** Those that are given a file, and those that run something else that is given one. */
const knownPrograms = new RegExp(
  String.raw`${variables}(?:node|tsx|ts-node|nodemon|nest|nx|npm|pnpm|yarn|bun)\b`,
);
const startsFile = new RegExp(
  String.raw`${variables}(?:node|tsx|ts-node|nodemon)\s+(?:--?\S+\s+)*([\w@./-]+)`,
);

/** Folders of files that frameworks read beside the code: templates, and what is served as it is. */
const usualAssets = ['views', 'public', 'static', 'templates', 'assets', 'src/assets'];

const nextConfigs = ['next.config.ts', 'next.config.mjs', 'next.config.js'];

/** How a Node service is shipped and started. @throws UnknownServiceError for what cannot be found */
export function findNodeService(project: AdoptedProject, healthPath: string | undefined): Service {
  const { files, targets, name } = project;
  const manifest = packageOf(files);
  if (declares(manifest, 'next') || firstOf(files, nextConfigs) !== undefined)
    return nextService(project, healthPath);
  refuseSite(name, manifest.scripts ?? {});
  refuseOtherProgram(name, manifest.scripts ?? {});
  const isNest = declares(manifest, '@nestjs/core') || imports(files, 'src/main.ts', '@nestjs/core');
  const entry = findEntry(project, manifest, isNest);
  if (entry === undefined) {
    throw new UnknownServiceError(
      `It is not known what starts ${name}: package.json has no script "start" that names a file, and none of ` +
        `${usualEntries.slice(0, 3).join(', ')}, ... is there. Name the file: --entry=<file>`,
    );
  }
  const isMade = !files.paths.includes(entry);
  if (isMade && !targets.includes('build')) {
    throw new UnknownServiceError(
      `${name} is started by ${entry}, which does not exist, and it has no target "build" that makes it. ` +
        'Name the target that does: --buildTarget=<target>. Or name another file: --entry=<file>',
    );
  }
  const assets = assetsIn(files, usualAssets);
  return {
    runtime: 'node',
    entry,
    ...(isMade && { buildTarget: 'build' }),
    ...(assets.length > 0 && { assets }),
    healthPath: healthPath ?? findHealthPath(files) ?? '/',
  };
}

function assetsIn({ paths }: ProjectFiles, folders: readonly string[]): string[] {
  // An empty folder is kept in git by such a file.
  const kept = paths.filter((path) => posix.basename(path) !== '.gitkeep');
  return folders.filter((folder) => kept.some((path) => path.startsWith(`${folder}/`)));
}

/** Development servers of sites whose build is files: nothing listens in production. */
const siteTools = new RegExp(
  String.raw`${variables}(?:npx\s+)?(vite|react-scripts|react-app-rewired|ng|vue-cli-service|parcel|gatsby|docusaurus|webpack serve|webpack-dev-server)(?:\s[^&|;]*)?$`,
);

/** An App Spec has static sites, too, but an adopted project is a program that listens. */
function refuseSite(name: string, { start, dev, serve, 'start:prod': production }: Scripts): void {
  if (startedFile(production) !== undefined) return;
  const [, tool] = siteTools.exec(start ?? dev ?? serve ?? '') ?? [];
  if (tool === undefined) return;
  throw new UnknownServiceError(
    `${name} is served by ${tool} in development, so its build is a static site. Only services can be adopted: a static site is ` +
      'built by App Platform, from "static_sites" of an App Spec. If a program of its own serves it in production, name that: --entry=<file>',
  );
}

/** Frameworks have programs that load a module, which by itself starts nothing: bundled, it would end at once. */
function refuseOtherProgram(name: string, { start = '', 'start:prod': production }: Scripts): void {
  if (start === '' || startedFile(production) !== undefined || knownPrograms.test(start)) return;
  throw new UnknownServiceError(
    `${name} is started by "${start}", which names no file for node. Name one that listens on PORT by itself: --entry=<file>. ` +
      'Or a folder that has all it needs, with a command: --ship=<folder> --start="node <file>"',
  );
}

/** https://nextjs.org/docs/app/api-reference/config/next-config-js/output: the one output that runs without its packages. */
function nextService({ root, files }: AdoptedProject, healthPath: string | undefined): Service {
  const config = firstOf(files, nextConfigs);
  if (config === undefined || !/output:\s*['"]standalone['"]/.test(files.read(config) ?? '')) {
    throw new UnknownServiceError(
      `A Next application is shipped as a folder that contains all it needs. Set output: 'standalone' in ${config ?? 'next.config.ts'}, ` +
        'and adopt it again. Or name a folder: --ship=<folder> --start=<command>',
    );
  }
  return {
    runtime: 'node',
    ship: '.next/standalone',
    // It repeats the folders from where the lock file is: the root of the workspace.
    start: ['node', posix.join(root, 'server.js')],
    buildTarget: 'build',
    // It lacks these, for those who serve them from elsewhere.
    assets: ['.next/static', ...assetsIn(files, ['public'])],
    healthPath: healthPath ?? findHealthPath(files) ?? '/',
  };
}

function findEntry(
  project: AdoptedProject,
  { scripts = {}, main }: PackageJson,
  isNest: boolean,
): string | undefined {
  const { files } = project;
  if (isNest) return nestEntry(project, scripts);
  const started = [scripts['start:prod'], scripts['start']].flatMap((script) => startedFile(script) ?? []);
  const [named] = started.flatMap((path) => existing(files, path) ?? []);
  if (named !== undefined) return named;
  const usual = firstOf(files, usualEntries);
  // What the script names may be made by a build.
  return main !== undefined && started.length === 0
    ? (existing(files, main) ?? usual)
    : (started[0] ?? usual);
}

/** What its own build makes, as people run it; but a manifest can name only a file in the folder of the service. */
function nestEntry({ root, files, outputs }: AdoptedProject, scripts: Scripts): string | undefined {
  const started = startedFile(scripts['start:prod']);
  if (started !== undefined) return /\.[cm]?js$/.test(started) ? started : `${started}.js`;
  if (!files.paths.includes('src/main.ts')) return undefined;
  const isMadeElsewhere = outputs.length > 0 && !outputs.includes(posix.join(root, 'dist'));
  return isMadeElsewhere ? 'src/main.ts' : 'dist/main.js';
}

/** The file in `node --flag ./bin/www`, or in `tsx src/index.ts`; undefined for another command. */
function startedFile(script: string | undefined): string | undefined {
  const [, file] = startsFile.exec(script ?? '') ?? [];
  return file === undefined ? undefined : posix.normalize(file);
}

function existing({ paths }: ProjectFiles, path: string): string | undefined {
  const file = posix.normalize(path);
  return [file, `${file}.js`, `${file}.ts`].find((one) => paths.includes(one));
}

function packageOf(files: ProjectFiles): PackageJson {
  try {
    return JSON.parse(files.read('package.json') ?? '{}') as PackageJson;
  } catch (cause) {
    throw new UnknownServiceError('package.json is not valid JSON. Fix it first.', { cause });
  }
}

function declares({ dependencies, devDependencies }: PackageJson, name: string): boolean {
  return Object.hasOwn({ ...dependencies, ...devDependencies }, name);
}

/** In a workspace with one package.json, only its sources tell what a project uses. */
function imports(files: ProjectFiles, path: string, name: string): boolean {
  return new RegExp(`['"]${name}['"]`).test(files.read(path) ?? '');
}
