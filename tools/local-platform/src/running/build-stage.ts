import pLimit from 'p-limit';
import { ofComponent } from '../deployments/failure.js';
import { finishBuild } from '../deployments/phases.js';
import { sourceKey } from '../deployments/source-versions.js';
import type { Reason } from '../deployments/steps.js';
import type { Build, BuildRequest } from '../sources/source.js';
import type { DeploymentRecord, SourceVersion } from '../state/app-record.js';
import type { ComponentRun } from './component-run.js';
import type { DeploymentRun } from './deployment-run.js';
import { buildEnvironment } from './environment.js';
import type { RecordedDeployment } from './recorded-deployment.js';
import { together } from './together.js';

/** Each takes a processor or more. */
const buildsAtOnce = 2;

/**
 * Builds every component of a deployment, whose versions are found, identical ones once. Which version each is built from is recorded before
 * the first build begins, so that a deployment that is resumed after a crash builds the same.
 * @throws ComponentFailure, PhaseError, or the reason of `signal`
 */
export async function buildComponents(
  run: DeploymentRun,
  record: RecordedDeployment,
  signal: AbortSignal,
): Promise<void> {
  await record.change((deployment) => withVersions(deployment, run.components));
  const limit = pLimit(buildsAtOnce);
  const builds = new Map<string, Promise<Build>>();
  const buildOnce = (component: ComponentRun, within: AbortSignal): Promise<Build> => {
    const { env, unreadable } = buildEnvironment(component.runtime.secrets, component.bindings('build'));
    const work = async () => {
      await component.warnOfUnreadable('BUILD', unreadable);
      await component.warnOfUnknown();
      return build(component, env, within);
    };
    const key = buildKey(component, env);
    // An image exists or not: no build is awaited.
    const started = builds.get(key) ?? (component.component.spec.image ? work() : limit(work));
    builds.set(key, started);
    return started;
  };
  await together(
    signal,
    run.components.map((component) => async (within) => {
      await finish(component, await ofComponent(component.name, buildOnce(component, within)), record);
    }),
  );
}

/**
 * Finds what each component would be built from now, unless that is decided. Those of the same source get the same version: the branch must
 * not move between the two looks.
 * @throws ComponentFailure, or the reason of `signal`
 */
export async function findVersions(components: readonly ComponentRun[], signal: AbortSignal): Promise<void> {
  const looks = new Map<string, Promise<SourceVersion>>();
  await together(
    signal,
    components.map((component) => async (within) => {
      const { commit, digest } = component.version;
      if (commit !== undefined || digest !== undefined) return;
      const { sources } = component.runtime;
      const key = sourceKey(component.component);
      const look = looks.get(key) ?? sources.newest(component.component.spec, within);
      looks.set(key, look);
      component.version = await ofComponent(component.name, look);
    }),
  );
}

/** Everything that makes one build differ from another. */
function buildKey({ component, version }: ComponentRun, env: Record<string, string>): string {
  const { kind, spec } = component;
  const { build_command, run_command, source_dir, environment_slug, dockerfile_path } = spec;
  const commands = [build_command, run_command, source_dir, environment_slug, dockerfile_path];
  const output = kind === 'static site' ? spec.output_dir : undefined;
  return JSON.stringify([kind, sourceKey(component), version.commit, version.digest, commands, output, env]);
}

async function build(run: ComponentRun, env: Record<string, string>, signal: AbortSignal): Promise<Build> {
  signal.throwIfAborted();
  const { component, log, runtime, deployment, version } = run;
  const request: BuildRequest = {
    component: component.spec,
    kind: component.kind,
    version,
    env,
    force: deployment.forceBuild ?? false,
    output: log.file('BUILD'),
    log: (line) => log.write('BUILD', line),
    signal,
  };
  return runtime.sources.build(request).finally(() => run.cutLog('BUILD'));
}

async function finish(
  component: ComponentRun,
  { key, reused }: Build,
  record: RecordedDeployment,
): Promise<void> {
  component.version = { ...component.version, build: key };
  await record.change((deployment, now) =>
    finishBuild(withVersions(deployment, [component]), component.name, now, reasonOf(component, reused)),
  );
}

/** Why a build was quick: in the step's reason, as on App Platform. */
function reasonOf({ component }: ComponentRun, reused: boolean): Reason | undefined {
  if (component.spec.image) return { code: 'PreBuiltImage', message: 'The image was built elsewhere.' };
  return reused
    ? { code: 'PreviousBuildReused', message: 'Nothing changed since an earlier build.' }
    : undefined;
}

function withVersions(deployment: DeploymentRecord, components: readonly ComponentRun[]): DeploymentRecord {
  const versions = Object.fromEntries(components.map(({ name, version }) => [name, version]));
  return { ...deployment, sources: { ...deployment.sources, ...versions } };
}
