import { readJson, updateJson } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { VersionActions } from 'nx/release';
import { findRepositoryUrl } from './repository-url.js';

// The version actions for `nx release`. Nx has its own in @nx/js, which depends on the whole of Babel.

/** Writes a version into the manifest of a package and of its dependents, and above the unreleased changes in the changelog. */
export default class PackageVersion extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const { root } = this.projectGraphNode.data;
    const manifestPath = join(root, 'package.json');
    return { manifestPath, currentVersion: readJson(tree, manifestPath).version };
  }

  async readCurrentVersionFromRegistry() {
    return null;
  }

  async readCurrentVersionOfDependency(tree, _graph, dependency) {
    const manifest = readJson(tree, join(this.projectGraphNode.data.root, 'package.json'));
    const dependencyCollection = collections.find((name) => manifest[name]?.[dependency]) ?? null;
    return { dependencyCollection, currentVersion: manifest[dependencyCollection]?.[dependency] ?? null };
  }

  async updateProjectVersion(tree, version) {
    for (const { manifestPath } of this.manifestsToUpdate) {
      const links = linksOf(this.projectGraphNode.data.root);
      updateJson(tree, manifestPath, (manifest) => ({ ...manifest, version, ...links }));
    }
    headChangelog(tree, version);
    return [];
  }

  async updateProjectDependencies(tree, _graph, versions) {
    for (const { manifestPath } of this.manifestsToUpdate) {
      updateJson(tree, manifestPath, (manifest) => {
        for (const name of collections) {
          for (const [dependency, version] of Object.entries(versions)) {
            if (manifest[name]?.[dependency]) manifest[name][dependency] = version;
          }
        }
        return manifest;
      });
    }
    return [];
  }
}

const collections = ['dependencies', 'devDependencies'];

/** The links that npm shows next to a package: https://docs.npmjs.com/cli/configuring-npm/package-json */
function linksOf(directory) {
  const url = findRepositoryUrl();
  if (!url) return {};
  return {
    repository: { type: 'git', url: `git+${url}.git`, directory },
    homepage: `${url}/tree/main/${directory}#readme`,
    bugs: `${url}/issues`,
  };
}

/** All packages have one version, so the unreleased part gets its heading once. */
function headChangelog(tree, version) {
  const text = tree.read('CHANGELOG.md', 'utf8');
  if (text.includes(`\n## ${version} `)) return;
  const date = new Date().toISOString().slice(0, 10);
  tree.write(
    'CHANGELOG.md',
    text.replace('\n## Unreleased\n', `\n## Unreleased\n\n## ${version} (${date})\n`),
  );
}

/** Nx calls this after all manifests are written. */
export async function afterAllProjectsVersioned(cwd, { dryRun }) {
  const command = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
  if (!dryRun) execFileSync('npm', command, { cwd, stdio: 'inherit' });
  return { changedFiles: dryRun ? [] : ['package-lock.json'], deletedFiles: [] };
}
