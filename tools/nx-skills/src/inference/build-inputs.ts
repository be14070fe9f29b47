import type { NxJsonConfiguration, TargetConfiguration } from '@nx/devkit';
import { builderVariable, unhashedVariable } from '@odoobo/ship/artefact/build-variables';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns what Nx hashes for the build of a skill */
export function buildInputs(
  workspaceRoot: string,
  nxJson: NxJsonConfiguration,
): (skill: string) => NonNullable<TargetConfiguration['inputs']> {
  // Tests do not affect an artefact if the workspace declares production inputs.
  const files = nxJson.namedInputs?.['production'] ? 'production' : 'default';
  // Nx adds the packages that the skill imports, with what those depend on. Without this list it adds all packages of the lock
  // file, as it must where it does not know who imports what.
  const packages = readsImports(workspaceRoot, nxJson) ? [{ externalDependencies: [] }] : [];
  const same = [files, `^${files}`, ...packages, { env: builderVariable }];
  return (skill) => [...same, { env: unhashedVariable(skill) }];
}

/** With one of these in the root's `package.json`, Nx reads the imports in sources: `jsPluginConfig` in nx/src/plugins/js/utils/config. */
const imply = ['workspace', 'js', 'node', 'next', 'react', 'angular', 'web'].map((name) => `@nx/${name}`);

interface JsPluginConfig {
  analyzeSourceFiles?: boolean;
  analyzeLockfile?: boolean;
}

/** Whether Nx finds out from the sources of a project which packages it imports. */
function readsImports(workspaceRoot: string, { pluginsConfig }: NxJsonConfiguration): boolean {
  const config = pluginsConfig?.['@nx/js'] as JsPluginConfig | undefined;
  if (config) return config.analyzeSourceFiles !== false && config.analyzeLockfile !== false;
  const declared = declaredPackages(workspaceRoot);
  return imply.some((name) => declared.has(name));
}

function declaredPackages(workspaceRoot: string): Set<string> {
  try {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(workspaceRoot, 'package.json'), 'utf8'),
    ) as Record<string, object | undefined>;
    return new Set(Object.keys({ ...dependencies, ...devDependencies }));
  } catch {
    // Nx itself reports a package.json that cannot be read.
    return new Set();
  }
}
