import { posix } from 'node:path';
import type { ChangedFile } from '../diff/parse-diff.js';
import { quoted } from '../rules/quoted.js';
import type { Issue } from '../schema.js';

const lockfiles =
  /^(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock)$/;
const download =
  /(?:\bresolved"?:?\s+"|\btarball:\s{0,5}|"url"\s{0,5}:\s{0,5}"|\b(?:url|registry)\s{0,5}=\s{0,5}")(?:git\+)?(https?:\/\/[^\s"'#,}]{1,500})/;

/** Hosts of one registry are one: npm's own has a second name that Yarn 1 writes. */
const sameRegistry: [host: RegExp, name: string][] = [
  [/^registry\.(?:npmjs|yarnpkg)\.(?:org|com)$/, 'npm'],
  [/^(?:pypi\.org|files\.pythonhosted\.org)$/, 'pypi'],
];

/**
 * Packages that a change of a lockfile downloads from another host than before. A lockfile is long and seldom read, so a
 * moved address is a way to bring in other code under a trusted name.
 */
export function movedDownloads(files: ChangedFile[]): Issue[] {
  return files
    .filter(({ path, status }) => lockfiles.test(posix.basename(path)) && status === 'modified')
    .flatMap(movedIn);
}

function movedIn({ path, hunks, added }: ChangedFile): Issue[] {
  const before = new Set(
    hunks.flatMap(({ lines }) => lines.filter((line) => /^[- ]/.test(line)).flatMap(hostIn)),
  );
  const first = new Map<string, { line: number; count: number }>();
  if (before.size === 0) return [];
  for (const { line, text } of added) {
    for (const host of hostIn(text)) {
      if (before.has(host)) continue;
      const known = first.get(host) ?? { line, count: 0 };
      first.set(host, { ...known, count: known.count + 1 });
    }
  }
  const removed = hunks.some(({ lines }) =>
    lines.some((line) => line.startsWith('-') && hostIn(line).length > 0),
  );
  return [...first].map(([host, { line, count }]) => issueOf(path, host, line, count, removed));
}

function hostIn(text: string): string[] {
  const url = download.exec(text)?.[1];
  if (url === undefined || !URL.canParse(url)) return [];
  const { host } = new URL(url);
  return [sameRegistry.find(([pattern]) => pattern.test(host))?.[1] ?? host];
}

function issueOf(file: string, host: string, line: number, count: number, removed: boolean): Issue {
  const packages = count === 1 ? 'A package is' : `${count} packages are`;
  return {
    type: 'dependency',
    severity: removed ? 'high' : 'medium',
    file,
    line,
    side: 'RIGHT',
    message: `${packages} downloaded from ${quoted(host)}, another host than before.`,
    suggestion:
      'Check that the host is the registry that you mean to use; else restore the file and install again.',
    rule: 'download-moved',
    cwe: 'CWE-829',
  };
}
