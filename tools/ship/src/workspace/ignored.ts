const heading = '# Secrets of this machine, what is built, worktrees, and records and state of deployments.';

/**
 * Files with secrets, files that builds and deployments write, and folders of worktrees, in which every project would be
 * found a second time.
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

/**
 * Adds to the text of `.gitignore` what is missing there. Nx's own folder is ignored only in part by the workspaces that Nx
 * creates.
 */
export function withIgnored(text: string, others: readonly string[] = []): string {
  const lines = text.split('\n');
  const all = [...ignored, ...others];
  const missing = all.filter((line) => !waysToWrite(line).some((way) => lines.includes(way)));
  if (missing.length === 0) return text;
  const kept = text.trimEnd();
  return `${kept}${kept === '' ? '' : '\n\n'}${heading}\n${missing.join('\n')}\n`;
}

/** Removes what `withIgnored` added. */
export function withoutIgnored(text: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) return text;
  const length = lines.slice(start + 1).findIndex((line) => !ignored.includes(line)) + 1;
  const kept = [...lines.slice(0, start), ...lines.slice(start + length)].join('\n').trimEnd();
  return kept === '' ? '' : `${kept}\n`;
}

/** The lines that ignore at least as much as one of ours: with or without the slashes, or a folder above it. */
function waysToWrite(line: string): string[] {
  const bare = line.replace(/\/$/, '');
  const above = bare === '/.nx/skills' ? ['.nx', '.nx/', '/.nx', '/.nx/'] : [];
  return [line, bare, ...above];
}
