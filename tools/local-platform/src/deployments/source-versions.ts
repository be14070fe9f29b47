import type { AppSpec } from '@odoobo/app-platform/spec';
import type { DeploymentRecord, SourceVersion } from '../state/app-record.js';
import { type BuiltComponent, builtComponents } from './components.js';

/**
 * The versions that the components of a spec keep from an earlier deployment: App Platform builds the same commit again
 * unless the source itself is another one, or the client asks for the newest (`update_all_source_versions`).
 */
export function keptVersions(
  spec: AppSpec,
  from: DeploymentRecord | undefined,
): Record<string, SourceVersion> {
  const earlier = new Map(
    from ? builtComponents(from.spec).map((one) => [one.spec.name, sourceKey(one)]) : [],
  );
  return Object.fromEntries(
    builtComponents(spec).flatMap((component) => {
      const { name } = component.spec;
      const version = from?.sources?.[name];
      return version && earlier.get(name) === sourceKey(component) ? [[name, withoutBuild(version)]] : [];
    }),
  );
}

/** Two components with the same key are made from the same source, so the newest version of one is that of the other. */
export function sourceKey({ spec }: BuiltComponent): string {
  const { git, github, gitlab, bitbucket, image } = spec;
  const hosted = (one: typeof github) => one && [one.repo, one.branch];
  return JSON.stringify([
    git && [git.repo_clone_url, git.branch],
    hosted(github),
    hosted(gitlab),
    hosted(bitbucket),
    image && [image.registry_type, image.registry, image.repository, image.tag, image.digest],
  ]);
}

/** Its build may depend on variables and commands that have changed since. */
function withoutBuild({ commit, digest }: SourceVersion): SourceVersion {
  return { ...(commit !== undefined && { commit }), ...(digest !== undefined && { digest }) };
}
