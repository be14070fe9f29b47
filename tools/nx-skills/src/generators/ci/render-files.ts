import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variable } from './find-variables.js';

/** Where the files are written, relative to the root of the repository; each has its template in `templates/ci`. */
const files = [
  '.github/workflows/deploy-skills-parallel.yml',
  '.github/workflows/preview-skills.yml',
  '.github/actions/setup-skills/action.yml',
] as const;

export interface CiValues {
  /** Of pull requests that are planned. */
  defaultBranch: string;
  variables: readonly Variable[];
}

/** The files of the workflows, by path. Not by EJS: in YAML a value must not break out of its place. */
export function renderFiles({ defaultBranch, variables }: CiValues): Map<string, string> {
  const templates = join(import.meta.dirname, '../../../templates/ci');
  const quotedBranch = `'${defaultBranch.replaceAll("'", "''")}'`;
  return new Map(
    files.map((file) => [
      file,
      readFileSync(join(templates, `${file}.template`), 'utf8')
        .replaceAll("'{{ default branch }}'", () => quotedBranch)
        .replaceAll(/^( *)# \{\{ variables \}\}\n/gm, (_line, indent: string) => lines(variables, indent)),
    ]),
  );
}

/** Secrets are GitHub's secrets, other variables its variables. */
function lines(variables: readonly Variable[], indent: string): string {
  return variables
    .map(({ key, secret }) => `${indent}${key}: \${{ ${secret ? 'secrets' : 'vars'}.${key} }}\n`)
    .join('');
}
