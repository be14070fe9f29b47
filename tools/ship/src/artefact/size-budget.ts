import { relative } from 'node:path';
import { formatBytes } from '../terminal/format.js';
import type { BundledFile } from './bundle.js';
import { packageFolderOf, packageNameOf } from './package-folder.js';

/** An artefact is larger than its manifest allows. */
export class SizeError extends Error {
  override readonly name = 'SizeError';
}

/** What an artefact has. */
export interface Sized {
  skillRoot: string;
  /** Of the layer of its image. */
  bytes: number;
  files: readonly BundledFile[];
  /** How many bytes of each file are in its bundle: by absolute paths. */
  bundledBytes: ReadonlyMap<string, number>;
}

const factors: Record<string, number> = { kB: 1e3, MB: 1e6, GB: 1e9 };
const shownParts = 5;

/**
 * @param maxSize from the manifest, such as `2 MB`
 * @throws SizeError with the largest parts
 */
export function requireSize(maxSize: string, { skillRoot, bytes, files, bundledBytes }: Sized): void {
  const [, number = '', unit = ''] = /^([\d.]+) (\w+)$/.exec(maxSize) ?? [];
  if (bytes <= Number(number) * (factors[unit] ?? 1)) return;
  const parts = [...bundledParts(skillRoot, bundledBytes), ...shippedParts(files)];
  const largest = parts.sort(([, a], [, b]) => b - a).slice(0, shownParts);
  throw new SizeError(
    `skill.json: maxSize: the artefact has ${formatBytes(bytes)}, and at most ${maxSize} is allowed. Its largest parts: ` +
      `${largest.map(([part, size]) => `${part} ${formatBytes(size)}`).join(', ')}. Ship less, or allow more.`,
  );
}

function bundledParts(skillRoot: string, bundledBytes: ReadonlyMap<string, number>): [string, number][] {
  return sums(bundledBytes, (file) => {
    const folder = packageFolderOf(file);
    return folder === undefined ? relative(skillRoot, file) : `${packageNameOf(folder)} (bundled)`;
  });
}

/** Without the bundle itself, which `bundledParts` has; but with its source map. */
function shippedParts(files: readonly BundledFile[]): [string, number][] {
  const others = files.filter(({ path }) => path.startsWith('node_modules/') || !/\.[cm]js$/.test(path));
  const sizes = new Map(others.map(({ path, contents }) => [path, contents.length]));
  return sums(
    sizes,
    (path) => /^(?:node_modules\/(?:@[^/]+\/)?[^/]+|[^/]+\/[^/]+(?=\/))/.exec(path)?.[0] ?? path,
  );
}

function sums(sizes: ReadonlyMap<string, number>, partOf: (path: string) => string): [string, number][] {
  const parts = new Map<string, number>();
  for (const [path, bytes] of sizes) parts.set(partOf(path), (parts.get(partOf(path)) ?? 0) + bytes);
  return [...parts];
}
