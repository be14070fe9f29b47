import { builtFrom, type Deployment, type DeployRequest, markOf, type Refusal } from '@odoobo/app-platform';
import { type Containment, containsLive, provideCommit, wasRewritten } from '@odoobo/git-flow';
import { GitError } from '@odoobo/machine/git';
import { isLocal } from '../placement/environment.js';
import type { DeployOptions } from './options.js';
import { type Live, notFound, orderRefusal, replaceAnyway, type Shipped } from './order-refusal.js';
import type { PreparedSkill } from './prepare.js';
import type { Preparation } from './prepare-all.js';
import { origin } from './provenance.js';

/** Lets each skill replace only what it contains, unless the options say otherwise. */
export function inOrder(
  { prepared, failed }: Preparation,
  { options }: { options: DeployOptions },
): Preparation {
  if (options.allowOlder) return { prepared, failed };
  const ordered = prepared.map((skill) => {
    const mayReplace: DeployRequest['mayReplace'] = (live, signal) => refusalOf(live, skill, options, signal);
    return { ...skill, request: { ...skill.request, mayReplace } };
  });
  return { prepared: ordered, failed };
}

/** Why a deployment must not be replaced; undefined if it may be, or if nothing is known about it. */
async function refusalOf(
  deployment: Deployment,
  { request, task }: PreparedSkill,
  options: DeployOptions,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const live = readLive(deployment, request);
  if (!live) return undefined;
  const { checkout, workspaceRoot } = task;
  const anyway = replaceAnyway(task, options);
  if (!checkout) {
    const wayOut = `Deploy from a clone. Or replace it anyway: ${anyway}`;
    return notFound(live, `${workspaceRoot} is not a git checkout`, wayOut);
  }
  const shipped = { task, checkout, options };
  try {
    const containment = await compare(live, shipped, signal);
    if (containment.contained || (await isRewritten(containment, shipped, signal))) return undefined;
    return await orderRefusal(live, shipped, containment);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const wayOut = `Deploy again. Or replace it anyway: ${anyway}`;
    return notFound(live, `it could not be compared: ${error.message}`, wayOut);
  }
}

/** Ownership is checked elsewhere: commits of another repository cannot be compared with this one. */
function readLive(deployment: Deployment, { sourceCommits = {}, origin }: DeployRequest): Live | undefined {
  const mark = markOf(deployment.spec);
  // The platform may have built a newer commit by itself than the marked one.
  const built = builtFrom(deployment).find(({ component }) => sourceCommits[component] !== undefined);
  const commit = built?.commit ?? mark?.commit;
  const others = [mark?.repository, origin?.repository];
  const isForeign = !others.includes(undefined) && others[0] !== others[1];
  return commit === undefined || isForeign ? undefined : { commit, mark };
}

async function compare(
  { commit, mark }: Live,
  { task, checkout, options }: Shipped,
  signal: AbortSignal,
): Promise<Containment> {
  const git = { cwd: task.workspaceRoot, signal };
  await provideCommit({ ...git, commit, remote: isLocal(options.environment) ? undefined : origin });
  const inputs = mark?.commit === commit ? mark.inputs : undefined;
  return containsLive({ ...git, paths: task.sources, commit: checkout.commit, live: { commit, inputs } });
}

/** A developer who amends or rebases the live commit on their own machine may still replace it. */
async function isRewritten(
  containment: Containment,
  { task, checkout: { branch, commit }, options }: Shipped,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isLocal(options.environment) || branch === undefined) return false;
  if (containment.contained || containment.because !== 'diverged') return false;
  const from = containment.live.commit;
  return wasRewritten({ cwd: task.workspaceRoot, from, commit, branch, signal });
}
