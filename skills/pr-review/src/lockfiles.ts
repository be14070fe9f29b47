import { posix } from 'node:path';
import type { ChangedFile } from './diff.js';
import type { LockfileSync } from './schema.js';

/** A manifest, the lockfiles that its package managers write, and how a line that names a dependency looks in it. */
interface Ecosystem {
  manifest: string;
  lockfiles: string[];
  dependency: RegExp;
}

const ECOSYSTEMS: Ecosystem[] = [
  {
    manifest: 'package.json',
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'],
    // "name": "range"; scripts, versions and engines hold other texts under other keys.
    dependency:
      /^\s*"(?!version"|node"|npm"|name")[@\w./-]{1,214}"\s*:\s*"(?:[\^~<>=v]{0,2}\d|\*|latest"|(?:npm|workspace|file|link|git|github|catalog|https?)[:+])/,
  },
  {
    manifest: 'pyproject.toml',
    lockfiles: ['poetry.lock', 'uv.lock', 'pdm.lock'],
    dependency:
      /^\s*(?:["'][\w.-]{1,100}(?:\[[\w, -]{1,100}\])?\s*[<>=~!]=?[^"']{1,100}["'],?\s*$|(?!version\b|python\b)[\w.-]{1,100}\s*=\s*(?:["'][\^~<>=*\d]|\{.{0,200}version))/,
  },
  {
    manifest: 'Pipfile',
    lockfiles: ['Pipfile.lock'],
    dependency: /^\s*[\w."-]{1,100}\s*=\s*(?:["'][\^~<>=*\d]|\{)/,
  },
];

/** Tells which manifests changed their dependencies while no lockfile at or above them changed. */
export function checkLockfiles(files: ChangedFile[]): LockfileSync {
  const changed = new Set(files.filter(({ status }) => status !== 'deleted').map(({ path }) => path));
  const manifests = files.flatMap((file) => {
    const ecosystem = ECOSYSTEMS.find(({ manifest }) => posix.basename(file.path) === manifest);
    return ecosystem && changesDependencies(file, ecosystem) ? [{ file, ecosystem }] : [];
  });
  const stale = manifests
    .filter(({ file, ecosystem }) => !lockfilesFor(file.path, ecosystem).some((path) => changed.has(path)))
    .map(({ file, ecosystem }) => ({ manifest: file.path, expected_one_of: ecosystem.lockfiles }));
  if (manifests.length === 0) return { status: 'not_applicable', stale };
  return { status: stale.length > 0 ? 'out_of_sync' : 'in_sync', stale };
}

/** A removed manifest is no drift; a line moved unchanged is none either. */
function changesDependencies({ status, added, removed }: ChangedFile, { dependency }: Ecosystem): boolean {
  if (status === 'deleted') return false;
  const normal = (line: string) => line.trim().replace(/,$/, '');
  const before = removed.filter((line) => dependency.test(line)).map(normal);
  const after = added
    .map(({ text }) => text)
    .filter((line) => dependency.test(line))
    .map(normal);
  return before.some((line) => !after.includes(line)) || after.some((line) => !before.includes(line));
}

/** In a workspace the lockfile is beside the root manifest, so every folder above counts. */
function lockfilesFor(manifest: string, { lockfiles }: Ecosystem): string[] {
  const folders: string[] = [];
  for (let folder = posix.dirname(manifest); ; folder = posix.dirname(folder)) {
    folders.push(folder);
    if (folder === '.' || folder === '/') break;
  }
  return folders.flatMap((folder) => lockfiles.map((name) => posix.join(folder, name)));
}
