import type { AppSpec, Deployment } from '../spec/index.js';
import type { Change } from './diff.js';
import { type Mark, markOf } from './mark.js';

/** The commits that components are to be built from, by their names. */
export type SourceCommits = Readonly<Record<string, string>>;

const lists = ['services', 'workers', 'jobs', 'static_sites', 'functions'] as const;

interface Built {
  /** Such as `services/web`. */
  path: string;
  component: string;
  commit: string;
}

/** What a deployment's components were built from, as far as the platform tells: of an image it does not. */
export function builtFrom(deployment: Deployment): Built[] {
  return lists.flatMap((list) =>
    (deployment[list] ?? []).flatMap(({ name, source_commit_hash: commit }) =>
      name && commit ? [{ path: `${list}/${name}`, component: name, commit }] : [],
    ),
  );
}

/** Which components of a deployment were built from other commits than they are to be. */
export function commitChanges(wanted: SourceCommits, deployment: Deployment): Change[] {
  return builtFrom(deployment).flatMap(({ path, component, commit: before }) => {
    const after = wanted[component];
    return after === undefined || after === before ? [] : [{ path: `${path}/${commitField}`, before, after }];
  });
}

const commitField = 'source_commit_hash';

/** Whether some changes are what the platform makes by itself when their commits are pushed. */
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
 * The mark of a deployment, with the commit that it was really built from: a push deploys by itself, with the mark of an
 * earlier write.
 */
export function liveMarkOf(deployment: Deployment): Mark | undefined {
  const mark = markOf(deployment.spec);
  const [built] = builtFrom(deployment);
  return mark && built ? { ...mark, commit: built.commit, dirty: false } : mark;
}
