import type { JournalRecord, RunRecord, SkillRecord } from '../records/record.js';
import { kindOfRun, timeInFileName } from '../records/run-name.js';
import { isSuccess } from '../records/run-status.js';
import type { TaskRecord } from '../records/task-record.js';
import { Phases } from './phases.js';
import { pathOfSkill, spanIdOf, traceIdOf } from './trace-ids.js';

/** A part of a run, as a span of OpenTelemetry. */
export interface TraceSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  attributes: Record<string, string>;
  /** The code of the cause if it failed. */
  error: string | undefined;
}

type Started = Extract<RunRecord, { type: 'run-started' }>;
type Finished = Extract<RunRecord, { type: 'run-finished' }>;

/**
 * The trace of a run from its records, in order: the run, its skills, and what was done to each, with the platform's own steps. Where
 * a run has had more than one batch, that of the last one: each batch exports its own.
 * @returns no span where nothing is recorded of it
 */
export function traceOfRun(run: string, records: readonly JournalRecord[]): TraceSpan[] {
  const own = records.filter((record) => record.run === run);
  const batch = own.slice(
    Math.max(
      0,
      own.findLastIndex(({ type }) => type === 'run-started'),
    ),
  );
  const [first] = batch;
  if (!first) return [];
  const started = first.type === 'run-started' ? first : undefined;
  const startedAt = started ? Date.parse(started.at) : (timeInFileName(run) ?? Date.parse(first.at));
  const root = spanIn(run, undefined, `run ${startedAt}`, {
    name: kindOfRun(run) ?? 'run',
    startedAt,
    endedAt: Math.max(startedAt, ...batch.map(endOf)),
    attributes: { 'cicd.pipeline.run.id': run, ...(started && runAttributes(started)) },
    error: batch.find((record) => record.type === 'run-finished' && isBad(record))
      ? statusOf(batch)
      : undefined,
  });
  const skills = new Set(batch.flatMap((record) => ('skill' in record ? record.skill : [])));
  const ofSkills = [...skills].flatMap((skill) => {
    const ofSkill = batch.filter((record) => 'skill' in record && record.skill === skill);
    return skillSpans(run, root, skill, ofSkill as (SkillRecord | TaskRecord)[], started);
  });
  return [root, ...ofSkills];
}

function isBad({ status }: Finished): boolean {
  return status !== 'completed';
}

function statusOf(batch: readonly JournalRecord[]): string | undefined {
  return batch.flatMap((record) => (record.type === 'run-finished' ? record.status : [])).at(-1);
}

/** Later records of a run, as that of a webhook that was notified, are none of its work. */
function endOf(record: JournalRecord): number {
  return record.type === 'notified' || record.type === 'traced' ? 0 : Date.parse(record.at);
}

function runAttributes({ environment, pipeline }: Started): Record<string, string> {
  return {
    'deployment.environment.name': environment,
    ...(pipeline !== undefined && { 'cicd.pipeline.run.url.full': pipeline }),
  };
}

function skillSpans(
  run: string,
  root: TraceSpan,
  skill: string,
  records: readonly (SkillRecord | TaskRecord)[],
  started: Started | undefined,
): TraceSpan[] {
  const phases = new Phases(root.startedAt);
  for (const record of records) phases.add(record);
  const { commit, digest, of } = started?.skills[skill] ?? {};
  const path = pathOfSkill(skill);
  const whole = spanIn(run, root, path, {
    name: skill,
    startedAt: root.startedAt,
    endedAt: Math.max(root.startedAt, ...records.map(({ at }) => Date.parse(at))),
    attributes: {
      'skill.name': of ?? skill,
      'skill.placement': skill,
      ...(commit !== undefined && { 'vcs.ref.head.revision': commit }),
      ...(digest !== undefined && { 'oci.manifest.digest': digest }),
      ...outcomeOf(records),
    },
    error: errorOf(records),
  });
  const parts = phases.all.flatMap(({ steps = [], ...phase }, index) => {
    const part = spanIn(run, whole, `${path}/${index}`, phase);
    return [part, ...steps.map((step, n) => spanIn(run, part, `${path}/${index}/${n}`, step))];
  });
  return [whole, ...parts];
}

function outcomeOf(records: readonly (SkillRecord | TaskRecord)[]): Record<string, string> {
  const last = records.at(-1);
  if (last?.type === 'merged') return { 'vcs.ref.base.name': last.into, 'vcs.ref.head.name': last.branch };
  if (last?.type !== 'finished') return {};
  const { outcome, action, deploymentId } = last.result;
  return {
    'skill.outcome': outcome,
    'skill.action': action,
    ...(deploymentId !== undefined && { 'deployment.id': deploymentId }),
  };
}

/** The code, not the message: a message can quote a log. */
function errorOf(records: readonly (SkillRecord | TaskRecord)[]): string | undefined {
  const last = records.at(-1);
  if (last?.type === 'merge-refused') return 'MergeRefused';
  if (last?.type !== 'finished' || isSuccess(last.result)) return undefined;
  return last.result.cause?.code ?? last.result.outcome;
}

type Content = Pick<TraceSpan, 'name' | 'startedAt' | 'endedAt' | 'error'> & {
  attributes?: Record<string, string>;
};

/** @param path unique in the run: a span that is exported again has the same id */
function spanIn(
  run: string,
  parent: TraceSpan | undefined,
  path: string,
  { attributes = {}, ...content }: Content,
): TraceSpan {
  return {
    traceId: traceIdOf(run),
    spanId: spanIdOf(run, path),
    parentSpanId: parent?.spanId,
    ...content,
    attributes,
  };
}
