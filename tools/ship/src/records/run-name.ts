import { randomBytes } from 'node:crypto';

/** The variable that names a run of Nx for all its tasks: Nx may deploy its skills in more than one batch. */
const variable = 'NX_SKILLS_RUN';

const runKinds = [
  'deploy',
  'plan',
  'rollback',
  'restart',
  'scale',
  'healthcheck',
  'smoke-test',
  'merge',
  'worktree',
] as const;

/** What a run does to its skills. */
export type RunKind = (typeof runKinds)[number];

export interface RunName {
  kind: RunKind;
  /** `deploy-2026-01-31T09-30-00-000Z-1f3a`: unique. */
  run: string;
  /** ISO time. */
  startedAt: string;
  /** Whether its trace is exported. */
  traced?: boolean | undefined;
}

/** Names the run that begins now. */
export function nameRun(env: NodeJS.ProcessEnv): void {
  env[variable] = `${new Date().toISOString()}/${randomBytes(2).toString('hex')}`;
}

/** The name of the run that this task is part of; a task outside of Nx is a run of its own. */
export function runName(env: NodeJS.ProcessEnv, kind: RunKind): RunName {
  if (!env[variable]) nameRun(env);
  const [startedAt = '', suffix = ''] = (env[variable] ?? '').split('/');
  return {
    kind,
    run: `${kind}-${fileTimestamp(startedAt)}-${suffix}`,
    startedAt,
    traced: exportsTraces(env),
  };
}

function exportsTraces(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none')
    return false;
  return Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}

/** The kind of the run that a record names; undefined for a name from another version. */
export function kindOfRun(run: string): RunKind | undefined {
  return runKinds.find((kind) => run.startsWith(`${kind}-`));
}

/** Whether a run gives its skills no new version: a rollback, a restart, a scale. */
export function changesWhatIsLive(run: string): boolean {
  return ['rollback', 'restart', 'scale'].includes(kindOfRun(run) ?? '');
}

/** An ISO time in the form used in file names: `2026-01-31T09-30-00-000Z`. */
export function fileTimestamp(startedAt: string): string {
  return startedAt.replaceAll(/[:.]/g, '-');
}

const timeInName = /^(?:[a-z]+-)?(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z/;

/** The time at the start of a file name, or after the kind of a run, in milliseconds since 1970; undefined if there is none. */
export function timeInFileName(name: string): number | undefined {
  const [, day, hours, minutes, seconds, milliseconds] = timeInName.exec(name) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${hours}:${minutes}:${seconds}.${milliseconds}Z`);
}
