import type { AppSpec, Deployment } from '../spec/index.js';
import type { Change } from './diff.js';
import { type Mark, markOf } from './mark.js';

/** The commits from which components should be built, by component name. */
export type SourceCommits = Readonly<Record<string, string>>;

const lists = ['services', 'workers', 'jobs', 'static_sites', 'functions'] as const;

interface Built {
  /** Such as `services/web`. */
  path: string;
  component: string;
  commit: string;
}

/** The commits of a deployment's components, as far as the platform reports them: not for images. */
export function builtFrom(deployment: Deployment): Built[] {
  return lists.flatMap((list) =>
    (deployment[list] ?? []).flatMap(({ name, source_commit_hash: commit }) =>
      name && commit ? [{ path: `${list}/${name}`, component: name, commit }] : [],
    ),
  );
}

/** Which components of a deployment were built from other commits than wanted. */
export function commitChanges(wanted: SourceCommits, deployment: Deployment): Change[] {
  return builtFrom(deployment).flatMap(({ path, component, commit: before }) => {
    const after = wanted[component];
    return after === undefined || after === before ? [] : [{ path: `${path}/${commitField}`, before, after }];
  });
}

const commitField = 'source_commit_hash';

/** Whether the platform makes these changes by itself when their commits are pushed. */
export function comesWithPush(changes: readonly Change[], spec: AppSpec): boolean {
  return (
    changes.length > 0 &&
    changes.every(({ path }) => {
      const [list = '', name, field] = path.split('/');
      return field === commitField && deploysOnPush(spec, list, name);
    })
  );
}

function deploysOnPush(spec: AppSpec, list: string, name: string | undefined): boolean {
  const known = lists.find((one) => one === list);
  const component = known && spec[known]?.find((one) => one.name === name);
  const source = component?.github ?? component?.gitlab ?? component?.bitbucket;
  return source?.deploy_on_push === true;
}

/**
 * The mark of a deployment, with the commit that it was really built from: a deployment started by a push has the mark of an
 * earlier write.
 */
export function liveMarkOf(deployment: Deployment): Mark | undefined {
  const mark = markOf(deployment.spec);
  const [built] = builtFrom(deployment);
  return mark && built ? { ...mark, commit: built.commit, dirty: false } : mark;
}
