import { withIgnored, withoutIgnored } from '@odoobo/ship/workspace/ignored';
import type { Tree } from 'nx/src/devkit-exports.js';

const file = '.gitignore';

/** Adds to `.gitignore` what is missing there. */
export function addIgnored(tree: Tree): void {
  const text = tree.read(file, 'utf8') ?? '';
  const ignored = withIgnored(text);
  if (ignored !== text) tree.write(file, ignored);
}

/** Removes what `addIgnored` added, and the file if nothing else is in it. */
export function removeIgnored(tree: Tree): void {
  const text = tree.read(file, 'utf8') ?? '';
  const kept = withoutIgnored(text);
  if (kept === text) return;
  if (kept === '') tree.delete(file);
  else tree.write(file, kept);
}
