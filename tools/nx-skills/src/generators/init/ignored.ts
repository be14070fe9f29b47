import type { Tree } from 'nx/src/devkit-exports.js';

const file = '.gitignore';
const heading = '# Secrets of this machine, what is built, worktrees, and records and state of deployments.';

/**
 * Files with secrets, files that builds and deployments write, and folders of worktrees, in which Nx would find every
 * project a second time.
 */
const ignored = [
  '.env',
  '.env.*',
  '!.env.example',
  'dist/',
  '.artefact/',
  'out-tsc/',
  '.worktrees/',
  '.claude/worktrees/',
  '.local-platform/',
  '/.nx/skills/',
  '/logs/',
  '/WORKTREE_STATUS.json',
  '/WORKTREE_STATUS.journal.jsonl',
];

/** Adds to `.gitignore` what is missing there. Nx's own folder is ignored only in part by the workspaces that Nx creates. */
export function addIgnored(tree: Tree): void {
  const text = tree.read(file, 'utf8') ?? '';
  const lines = text.split('\n');
  const missing = ignored.filter((line) => !waysToWrite(line).some((way) => lines.includes(way)));
  if (missing.length === 0) return;
  const kept = text.trimEnd();
  tree.write(file, `${kept}${kept === '' ? '' : '\n\n'}${heading}\n${missing.join('\n')}\n`);
}

/** Removes what `addIgnored` added, and the file if nothing else is in it. */
export function removeIgnored(tree: Tree): void {
  const lines = (tree.read(file, 'utf8') ?? '').split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) return;
  const length = lines.slice(start + 1).findIndex((line) => !ignored.includes(line)) + 1;
  const kept = [...lines.slice(0, start), ...lines.slice(start + length)].join('\n').trimEnd();
  if (kept === '') tree.delete(file);
  else tree.write(file, `${kept}\n`);
}

/** The lines that ignore at least as much as one of ours: with or without the slashes, or a folder above it. */
function waysToWrite(line: string): string[] {
  const bare = line.replace(/\/$/, '');
  const above = bare === '/.nx/skills' ? ['.nx', '.nx/', '/.nx', '/.nx/'] : [];
  return [line, bare, ...above];
}
