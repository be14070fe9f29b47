import type { OtlpReceiver, ReceivedSpan } from '@odoobo/telemetry/testing';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kitSource } from './support/kit-source.js';
import { until } from './support/poll.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

const rollout = { steps: [{ weight: 50, for: '1s' }] };

const serviceOf = ({ resource }: ReceivedSpan) => resource['service.name'];

describe('the trace', () => {
  let workspace: Workspace;
  let collector: OtlpReceiver;
  let shop: Shop;

  beforeAll(async () => {
    collector = await startOtlpReceiver();
    const spec = `envs:
  - key: OTEL_EXPORTER_OTLP_ENDPOINT
    value: ${collector.url}
  - key: OTEL_BSP_SCHEDULE_DELAY
    value: "100"
`;
    workspace = await Workspace.create({ shop: { spec } });
    workspace.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
    shop = new Shop(workspace);
    await change('one');
  }, 180_000);
  afterAll(async () => {
    await workspace.close();
    await collector.close();
  });

  async function change(says: string): Promise<void> {
    await workspace.write('skills/shop/src/main.js', kitSource(says));
    await workspace.commit(says);
  }

  async function succeed(command: string, ...options: string[]): Promise<string> {
    const { exitCode, output } = await shop.run(command, ...options);
    expect(exitCode, output).toBe(0);
    return output;
  }

  /** The newest trace of a kind of run, whole: one root, and each other span below another one. */
  async function traceOf(kind: string): Promise<ReceivedSpan[]> {
    const traceId = (await workspace.status('shop'))['trace_id'];
    const spans = () => collector.spans.filter((span) => span.traceId === traceId);
    const skill = () => spans().find((span) => serviceOf(span) === 'skills-delivery' && span.name === 'shop');
    await until(`the ${kind} and what it asked of the skill have arrived`, () =>
      Promise.resolve(
        spans().some((span) => serviceOf(span) === 'shop' && span.parentSpanId === skill()?.spanId),
      ),
    );
    const ids = new Set(spans().map(({ spanId }) => spanId));
    const roots = spans().filter(({ parentSpanId }) => !ids.has(parentSpanId));
    expect(roots.map((span) => [serviceOf(span), span.name])).toEqual([['skills-delivery', kind]]);
    return spans();
  }

  /** Everything that was kept of the newest run says the id of its trace. */
  async function expectNamed(kind: string, logs: string): Promise<void> {
    const traceId = (await workspace.status('shop'))['trace_id'] ?? 'none';
    const [traced] = (await workspace.records('traced')).slice(-1);
    expect(traced).toMatchObject({ trace_id: traceId, skills: ['shop'] });
    const folder = join(workspace.root, 'logs', logs);
    const log = (await readdir(folder)).filter((name) => /^[a-z]+-[^Z]*Z\.log$/.test(name)).sort();
    const newest = log.filter((name) => name.startsWith(kind)).at(-1);
    expect(await workspace.read(join('logs', logs, newest ?? 'none'))).toContain(`trace ${traceId}`);
    const report = await workspace.nxSkills(['report', '--json']);
    expect(report.output).toContain(traceId);
    const shown = await workspace.nxSkills(['trace', String(traced?.['run'])]);
    expect(shown.output).toContain(`trace ${traceId}`);
  }

  const namesOf = (spans: ReceivedSpan[], service: string) =>
    spans.filter((span) => serviceOf(span) === service).map(({ name }) => name);
  const ofSkill = (spans: ReceivedSpan[]) =>
    namesOf(
      spans.filter(({ kind }) => kind === 'SERVER'),
      'shop',
    );
  const ofRun = (spans: ReceivedSpan[]) => namesOf(spans, 'skills-delivery');

  it('of a deploy has the health check and the smoke test that the new version answered', async () => {
    await succeed('deploy', '--smokeTest');
    const spans = await traceOf('deploy');
    expect(ofRun(spans)).toEqual(
      expect.arrayContaining(['plan', 'write', 'deployment', 'verify', 'smoke test']),
    );
    expect(ofSkill(spans)).toEqual(expect.arrayContaining(['GET /health', 'GET /openapi.json', 'GET /docs']));
    await expectNamed('deploy', 'deployments');
  }, 180_000);

  it('of a scale has the health check', async () => {
    await succeed('scale', '--instances', '2', '--size', 'apps-s-1vcpu-1gb');
    const spans = await traceOf('scale');
    expect(ofRun(spans)).toEqual(expect.arrayContaining(['write', 'deployment', 'verify']));
    expect(ofSkill(spans)).toContain('GET /health');
    await expectNamed('scale', 'deployments');
  }, 180_000);

  it('of a rollout has its steps', async () => {
    const manifest = JSON.parse(await workspace.read('skills/shop/skill.json')) as object;
    await workspace.write('skills/shop/skill.json', JSON.stringify({ ...manifest, rollout }));
    await change('two');
    const traffic = new Traffic((await shop.app()).live_url ?? '', ['GET']);
    await succeed('deploy');
    await traffic.stop();
    const spans = await traceOf('deploy');
    expect(ofRun(spans)).toEqual(expect.arrayContaining(['rollout', 'verify']));
    expect(ofSkill(spans)).toContain('GET /health');
    await expectNamed('deploy', 'deployments');
  }, 180_000);

  it('of a rollback has the health check of the version that is live again', async () => {
    await succeed('rollback');
    const spans = await traceOf('rollback');
    expect(ofRun(spans)).toEqual(expect.arrayContaining(['write', 'deployment', 'verify']));
    expect(ofSkill(spans)).toContain('GET /health');
    await expectNamed('rollback', 'rollbacks');
  }, 180_000);

  it('of a merge has the smoke test that proves the branch', async () => {
    await workspace.git('config', 'user.name', 'Test');
    await workspace.git('config', 'user.email', 'test@example.invalid');
    await workspace.git('switch', '-qc', 'skill/shop');
    await change('three');
    await succeed('deploy');
    await workspace.git('switch', '-q', 'main');
    expect(await succeed('merge')).toMatch(/shop +merged/);
    const spans = await traceOf('merge');
    expect(ofRun(spans)).toEqual(['merge', 'shop', 'merge']);
    expect(ofSkill(spans)).toEqual(expect.arrayContaining(['GET /health', 'GET /docs']));
    await expectNamed('merge', 'merges');
  }, 180_000);
});
