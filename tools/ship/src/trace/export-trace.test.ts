import type { Answers } from '@odoobo/telemetry/testing';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeploymentRecorder } from '../records/deployment-recorder.js';
import { Journal } from '../records/journal.js';
import { runName } from '../records/run-name.js';
import { type WorkspaceFolders, workspaceFolders } from '../records/workspace-folders.js';
import { readRun } from './read-trace.js';
import { traceIdOf } from './trace-ids.js';

// Runs load the package only when it is asked for, and so do its tests.
const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

let root: string;
let folders: WorkspaceFolders;
const warnings: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trace-'));
  folders = workspaceFolders(root);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  warnings.length = 0;
  await rm(root, { recursive: true });
});

/** Records a deploy of a skill, up to its end. @returns its name, and how long its end took in milliseconds */
async function deploy(): Promise<{ run: string; endMs: number }> {
  const env = { ...process.env };
  const name = { ...runName(env, 'deploy'), environment: 'local', skills: { shop: {} } };
  const recorder = new DeploymentRecorder(folders, name, (message) => warnings.push(message));
  recorder.start();
  const result = { skill: 'shop', outcome: 'deployed', action: 'none', digest: '-', durationMs: 1 } as const;
  recorder.event({ type: 'finished', skill: 'shop', at: new Date().toISOString(), result });
  const since = performance.now();
  await recorder.finish([result]);
  return { run: name.run, endMs: performance.now() - since };
}

async function receiver(answers?: Answers) {
  const collector = await startOtlpReceiver(answers);
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  return collector;
}

/** Of the journal. */
const recordsOf = (run: string) => readRun(new Journal(folders.journal), run).records.map(({ type }) => type);

it('a run is exported as one trace, whose id is in the journal, the status and the log', async () => {
  const collector = await receiver();
  const { run } = await deploy();
  await collector.close();
  expect(warnings).toEqual([]);
  const traceId = traceIdOf(run);
  expect(collector.spans.map(({ name, traceId: id }) => [name, id])).toEqual(
    ['deploy', 'shop', 'plan'].map((name) => [name, traceId]),
  );
  expect(collector.spans[0]).toMatchObject({
    parentSpanId: '',
    resource: { 'service.name': 'skills-delivery' },
    attributes: { 'cicd.pipeline.run.id': run, 'deployment.environment.name': 'local' },
  });
  expect(recordsOf(run)).toEqual(['run-started', 'finished', 'run-finished', 'traced']);
  const status = JSON.parse(await readFile(folders.status, 'utf8')) as { skills: Record<string, object> };
  expect(status.skills['shop']).toMatchObject({ status: 'completed', trace_id: traceId });
  const logs = await readdir(folders.deploymentLogs);
  const log = logs.find((name) => !name.endsWith('-shop.log')) ?? '';
  expect(await readFile(join(folders.deploymentLogs, log), 'utf8')).toContain(`trace ${traceId}\n`);
});

it.each([
  ['hang', 'The endpoint did not answer within 2 s.'],
  [400, 'The endpoint did not receive the trace: Bad Request (400).'],
] as const)(
  'an endpoint that answers %s costs the run a bounded time and one warning',
  async (answers, reason) => {
    const collector = await receiver(answers);
    const { run, endMs } = await deploy();
    await collector.close();
    expect(warnings).toEqual([`The trace of this run was not exported: ${reason}`]);
    expect(endMs).toBeLessThan(4_000);
    expect(recordsOf(run)).toEqual(['run-started', 'finished', 'run-finished']);
  },
);

it('without an endpoint nothing is exported', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', '');
  const { run } = await deploy();
  expect(recordsOf(run)).toEqual(['run-started', 'finished', 'run-finished']);
  expect(warnings).toEqual([]);
});
