import { visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { parseAppSpec, resolveSpec, type MissingVariable } from '@odoobo/app-platform/spec';
import { basename } from 'node:path';

/** A variable that an App Spec takes from the environment of a deploy. */
export type Variable = Pick<MissingVariable, 'key' | 'secret'>;

/** GitHub Actions sets these in every job. */
const setByGitHub = /^GITHUB_/;

/** What the App Specs of a workspace take from the environment, by name. One that cannot be read is `validate`'s to tell. */
export function findVariables(tree: Tree): Variable[] {
  const found = new Map<string, Variable>();
  visitNotIgnoredFiles(tree, '.', (file) => {
    if (basename(file) !== 'app-spec.yaml') return;
    for (const { key, secret } of variablesOf(tree.read(file, 'utf8') ?? '', file)) {
      if (!setByGitHub.test(key))
        found.set(key, { key, secret: secret || (found.get(key)?.secret ?? false) });
    }
  });
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function variablesOf(text: string, file: string): readonly Variable[] {
  try {
    const artefact = { repository: 'any', digest: `sha256:${'0'.repeat(64)}` };
    const spec = parseAppSpec(text, file);
    return resolveSpec({ spec, file, environment: {}, artefact, source: 'as-written' }).missing;
  } catch {
    return [];
  }
}
