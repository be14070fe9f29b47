import { ofComponent } from '../deployments/failure.js';
import { addInvocations } from '../deployments/invocations.js';
import { finishWaiting, reach, startDeploying, startWaiting } from '../deployments/phases.js';
import { buildComponents, findVersions } from './build-stage.js';
import type { ComponentRun } from './component-run.js';
import type { DeploymentRun } from './deployment-run.js';
import { runJobsInTurn } from './jobs.js';
import { waitUntilReady } from './ready.js';
import type { RecordedDeployment } from './recorded-deployment.js';
import { together } from './together.js';

/** What is live meanwhile. */
export interface LiveMeanwhile {
  /** Ends the instances of a component beside which others cannot run. */
  makeRoom(component: string): Promise<void>;
  /** How many instances of a component there are; undefined where there is no such one. */
  countOf(component: string): number | undefined;
}

/**
 * Brings a deployment to the point where it could go live: built, its pre-deploy jobs done, everything of it running and
 * healthy. Nothing that is live notices, but for what must make room. What was started stays with `run`, also when this fails.
 * @throws ComponentFailure, PhaseError when it was cancelled, or the reason of `signal`
 */
export async function rollOut(
  run: DeploymentRun,
  record: RecordedDeployment,
  signal: AbortSignal,
  live: LiveMeanwhile,
): Promise<void> {
  await record.change((one, now) => reach(one, 'BUILDING', now));
  const say = async (line: string): Promise<void> => {
    await Promise.all(run.components.map(({ log }) => log.write('BUILD', line)));
  };
  await together(signal, [() => run.openDatabases(say), (within) => findVersions(run.components, within)]);
  await buildComponents(run, record, signal);
  await record.change((one, now) => reach(one, 'PENDING_DEPLOY', now));
  await record.change((one, now) => reach(one, 'DEPLOYING', now));
  await runPreDeployJobs(run, record, signal);
  signal.throwIfAborted();
  run.startWith((component) => live.countOf(component));
  await run.reserve();
  const deployed = run.components.filter(({ component }) => component.kind !== 'job');
  await together(
    signal,
    deployed.map(
      (component) => (within) =>
        ofComponent(
          component.name,
          live.makeRoom(component.name).then(() => deploy(component, run, record, within)),
        ),
    ),
  );
}

async function runPreDeployJobs(
  run: DeploymentRun,
  record: RecordedDeployment,
  signal: AbortSignal,
): Promise<void> {
  const jobs = run.jobs('PRE_DEPLOY');
  if (jobs.length === 0) return;
  const names = jobs.map(({ name }) => name);
  await record.change((one, now) => addInvocations(one, names, now));
  await runJobsInTurn(jobs, (change) => record.change(change), signal);
  const next = run.components.filter(({ component }) => component.kind !== 'job');
  await record.change((one, now) => next.reduce((all, { name }) => startDeploying(all, name, now), one));
}

/** Starts a component and waits until all of it is ready. Other components may be reached before they are. */
async function deploy(
  component: ComponentRun,
  run: DeploymentRun,
  record: RecordedDeployment,
  signal: AbortSignal,
): Promise<void> {
  const { name } = component;
  const instances = run.instancesOf(component);
  const site = run.sites.find((one) => one.component === component);
  await site?.layOut();
  await together(
    signal,
    instances.map((instance) => () => instance.start()),
  );
  await record.change((one, now) => startWaiting(one, now, name));
  await together(
    signal,
    instances.map((instance) => (within) => waitUntilReady(instance, within)),
  );
  await record.change((one, now) => finishWaiting(one, name, now));
}
