import type { App, Deployment } from '../spec/index.js';
import type { Change } from '../versions/diff.js';
import { markOf, withMark } from '../versions/mark.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import { lookBack } from './held.js';
import { whoseApp } from './ownership.js';
import { underWay } from './plan.js';
import type { SkillPlanned, SkillRun } from './skill-run.js';

/** How many changes a refusal names. */
const mostNamed = 8;

/**
 * What forbids a write: an app that is pinned, that someone else has created, or that would lose what cannot be restored;
 * a version that was rolled back; a live version that must not be replaced. Nothing forbids a plan that writes nothing.
 */
export async function obstacleTo(
  run: SkillRun,
  plan: SkillPlanned,
  signal: AbortSignal,
): Promise<DeployFailure | undefined> {
  const { app, action } = plan;
  if (!app || action !== 'update') return undefined;
  // What a rollout has begun, it may end.
  if (run.stage !== 'begin') return pinned(app);
  return (
    pinned(app) ??
    (await notOurs(run, app, plan, signal)) ??
    losesSecrets(plan) ??
    (await held(run, plan, signal)) ??
    (await replacesTooMuch(run, app, signal))
  );
}

/** While an app is pinned the platform deploys nothing. */
function pinned({ pinned_deployment: pin }: App): DeployFailure | undefined {
  if (!pin) return undefined;
  return new DeployFailure({
    code: ownCauseCodes.pinned,
    message:
      `the app is pinned to deployment ${pin.id} by a rollback: ` +
      'commit or revert the rollback, then deploy again',
  });
}

async function notOurs(
  { request, fleet }: SkillRun,
  app: App,
  { changes, carried }: SkillPlanned,
  signal: AbortSignal,
): Promise<DeployFailure | undefined> {
  if (request.adopt) return undefined;
  const whose = await whoseApp(fleet.client, app, request, signal);
  if (whose === 'ours') return undefined;
  const lines = [...carried.removes.map((name) => `would be removed: ${name}`), ...overwritten(changes)];
  const more = lines.length > mostNamed ? [`and ${lines.length - mostNamed} more`] : [];
  const list = [...lines.slice(0, mostNamed), ...more].map((line) => `\n  ${line}`).join('');
  return new DeployFailure({
    code: ownCauseCodes.notOurs,
    message: `an app named "${app.spec.name}" (${app.id}) already exists, and ${whose}. Nothing was changed.${list}`,
  });
}

function overwritten(changes: readonly Change[]): string[] {
  return changes.flatMap(({ path, before, after }) =>
    before !== undefined && after !== undefined ? [`${path} would change: ${before} -> ${after}`] : [],
  );
}

function losesSecrets({ carried: { loses } }: SkillPlanned): DeployFailure | undefined {
  if (loses.length === 0) return undefined;
  return new DeployFailure({
    code: ownCauseCodes.losesSecrets,
    message: `${loses.join(', ')}: set on the platform, and would be deleted with the component, which the App Spec no longer has`,
  });
}

async function held(
  run: SkillRun,
  plan: SkillPlanned,
  signal: AbortSignal,
): Promise<DeployFailure | undefined> {
  const past = await lookBack(run, plan, signal);
  run.rolledBack = past.rolledBack;
  return run.request.retry ? undefined : past.held;
}

/** Also checks a deployment in progress: a write would replace it. */
async function replacesTooMuch(
  { request }: SkillRun,
  app: App,
  signal: AbortSignal,
): Promise<DeployFailure | undefined> {
  const those = [app.active_deployment, underWay(app)].filter((one) => one !== undefined);
  for (const one of those.flatMap((each) => [each, ...canaryIn(each)])) {
    const refusal = await request.mayReplace?.(one, signal);
    if (refusal) return new DeployFailure(refusal);
  }
  return undefined;
}

/** The new version of a rollout, as if it were live for all. */
function canaryIn(deployment: Deployment): Deployment[] {
  const { spec } = deployment;
  const mark = markOf(spec);
  if (!spec || !mark?.canary) return [];
  const { canary, ...rest } = mark;
  const origin = { repository: rest.repository, skill: rest.skill, write: rest.write, ...canary };
  return [{ ...deployment, spec: withMark(spec, origin) }];
}
