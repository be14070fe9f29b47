import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, hasCollector, startCollector } from './support/collector.js';
import { copyCommitted } from './support/committed.js';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

const skills = ['design-tokens', 'nl-sql', 'odoo-rpc', 'pr-review', 'visual-diff'];

/** A skill that calls another one. */
const chain = `import { defineSkill, serveSkill } from '@odoobo/skill-kit';
import * as z from 'zod';
import manifest from '../skill.json' with { type: 'json' };

const skill = defineSkill({
  input: z.strictObject({ next: z.string().optional() }),
  output: z.string(),
  examples: [],
  invoke: async ({ next }) => {
    if (next === undefined) return 'done';
    const headers = { 'content-type': 'application/json', authorization: 'Bearer secret-in-header' };
    const answer = await fetch(next + '/invoke?key=secret-in-query', { method: 'POST', headers, body: '{"input":{}}' });
    return answer.text();
  },
});
await serveSkill(manifest, skill);
`;

describe.skipIf(!hasCollector)("OpenTelemetry's own Collector (needs otelcol or Go)", () => {
  let workspace: Workspace;
  let collector: Collector;

  beforeAll(async () => {
    collector = await startCollector();
    workspace = await Workspace.create({ first: {}, second: {} });
    await copyCommitted(['skills', 'infra', 'tsconfig.base.json'], workspace.root);
    for (const name of ['first', 'second']) await workspace.write(`skills/${name}/src/main.js`, chain);
    for (const name of [...skills, 'first', 'second']) {
      const path = join(workspace.root, `infra/do-gradient/${name}/app-spec.yaml`);
      const endpoint =
        'envs:\n  - key: OTEL_EXPORTER_OTLP_ENDPOINT\n    value: ${OTEL_EXPORTER_OTLP_ENDPOINT}\n';
      await writeFile(path, `${await readFile(path, 'utf8')}\n${endpoint}`);
    }
    await workspace.commit('skills');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy'], env);
    expect(exitCode, output).toBe(0);
    const tested = await workspace.nx(['run-many', '-t', 'smoke-test', '-p', ...skills]);
    expect(tested.exitCode, tested.output).toBe(0);
  }, 900_000);
  // The last test closes the workspace.
  afterAll(() => collector.stop());

  it('receives a deploy as one trace, with what was done to each skill and when', async () => {
    const [run] = await workspace.records('run-started');
    const spans = collector.spans().filter(({ service }) => service === 'skills-delivery');
    const traceId = (await workspace.status('nl-sql'))['trace_id'];
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const roots = spans.filter(({ parentId }) => parentId === '');
    expect(roots.map(({ name }) => name)).toEqual(['deploy']);
    const children = (id: string | undefined) =>
      spans.filter(({ parentId }) => parentId === id).map(({ name }) => name);
    expect(children(roots[0]?.id).sort()).toEqual([...skills, 'first', 'second'].sort());
    const skill = spans.find(({ name }) => name === 'nl-sql');
    expect(children(skill?.id)).toEqual(['plan', 'write', 'deployment', 'verify']);
    const deployment = spans.find(({ name, parentId }) => name === 'deployment' && parentId === skill?.id);
    expect(children(deployment?.id)).toContain('Building service nl-sql');
    expect(await workspace.read('WORKTREE_STATUS.journal.jsonl')).toContain(traceId);
    const again = await workspace.nxSkills(['trace', String(run?.['run']), '--otlp'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    expect(again.output).toContain(`spans, trace ${traceId}`);
    const shown = await workspace.nxSkills(['trace']);
    expect(shown.output).toMatch(/^ {2}nl-sql +━+/m);
  });

  it('receives one connected trace from the caller through two skills', async () => {
    const [first, second] = await Promise.all(['first', 'second'].map((name) => workspace.status(name)));
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await fetch(`${first?.['url']}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify({ input: { next: second?.['url'] } }),
    });
    expect(answer.status).toBe(200);
    const ours = () => collector.spans().filter((span) => span.traceId === traceId);
    await until('all spans have arrived', () => Promise.resolve(ours().length === 3));
    const byId = new Map(ours().map((span) => [span.id, span]));
    const last = ours().find(({ service }) => service === 'second');
    const call = byId.get(last?.parentId ?? '');
    const start = byId.get(call?.parentId ?? '');
    expect([start, call, last].map((span) => `${span?.service}: ${span?.kind} ${span?.name}`)).toEqual([
      'first: Server POST /invoke',
      'first: Client POST',
      'second: Server POST /invoke',
    ]);
    expect(start?.parentId).toBe('b7ad6b7169203331');
  });

  it('receives traces and metrics of five skills, without a secret, a query or a body', async () => {
    // Services export what is left when they are stopped.
    await workspace.close();
    const services = new Set(collector.spans().map(({ service }) => service));
    expect([...services].sort()).toEqual([...skills, 'first', 'second', 'skills-delivery'].sort());
    const metrics = collector.output().split('ResourceMetrics #').slice(1).join('');
    for (const skill of skills) expect(metrics).toContain(`service.name: Str(${skill})`);
    expect(metrics).toContain('Name: http.server.request.duration');
    expect(collector.output()).toContain('deployment.environment.name: Str(local)');
    expect(collector.output()).toMatch(/oci\.manifest\.digest: Str\(sha256:/);
    // Of the skills, from the mark of the write; of the run, from the platform.
    expect(metrics).toMatch(/deployment\.id: Str\([\da-f-]{36}\)/);
    expect(collector.output()).not.toMatch(/secret|SELECT|CREATE TABLE/);
  });
});
