import type { OtlpReceiver } from '@odoobo/telemetry/testing';
import { execa } from 'execa';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

const example = join(import.meta.dirname, '../../../examples/python');
const spec = 'infra/do-gradient/readability/app-spec.yaml';

const module = 'skills/readability/readability.py';

/** A bug of the skill, whose message repeats what it got. */
const failure = '    if text.startswith("Fail"):\n        raise RuntimeError(text)\n';

/** A virtual environment with py-spy; undefined without a package index, or without the right to look into a process. */
async function installPySpy(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const venv = await mkdtemp(join(tmpdir(), 'py-spy-'));
  const steps = [
    ['python3', '-m', 'venv', venv],
    [join(venv, 'bin/pip'), 'install', '--quiet', 'py-spy'],
  ];
  for (const [program = '', ...args] of steps)
    if ((await execa(program, args, { reject: false })).failed) return undefined;
  return venv;
}

const venv = await installPySpy();

describe.skipIf(venv === undefined)(
  'a skill in Python (needs root, python3-venv and a package index)',
  () => {
    let workspace: Workspace;
    let collector: OtlpReceiver;

    beforeAll(async () => {
      collector = await startOtlpReceiver();
      workspace = await Workspace.create({});
      for (const folder of ['skills', 'infra']) {
        await cp(join(example, folder), join(workspace.root, folder), {
          recursive: true,
          filter: (path) => !/\/(dist|__pycache__)$/.test(path),
        });
      }
      const delays = { OTEL_BSP_SCHEDULE_DELAY: 100, OTEL_METRIC_EXPORT_INTERVAL: 500 };
      const envs = Object.entries({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...delays });
      const added = envs.map(([key, value]) => `  - key: ${key}\n    value: "${value}"\n`).join('');
      await workspace.write(spec, `${await workspace.read(spec)}\nenvs:\n${added}`);
      const source = await workspace.read(module);
      await workspace.write(module, source.replace(/^def score\(text.*$/m, `$&\n${failure}`));
      await workspace.commit('telemetry');
      const deployed = await workspace.odoobo(['deploy', 'readability']);
      expect(deployed.exitCode, deployed.output).toBe(0);
    }, 180_000);
    afterAll(async () => {
      await workspace.close();
      await collector.close();
      if (venv !== undefined) await rm(venv, { recursive: true });
    });

    async function invoke(text: string, headers: Record<string, string> = {}): Promise<number> {
      const { url } = await workspace.status('readability');
      const answer = await fetch(`${url}/invoke?key=secret`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ input: { text } }),
      });
      await answer.arrayBuffer();
      return answer.status;
    }

    it('exports a span below that of its caller, and metrics, as what it was deployed as', async () => {
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      expect(await invoke('A secret.', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })).toBe(200);
      const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
      await until('its span has arrived', () => Promise.resolve(ofTrace().length > 0));
      expect(ofTrace()).toMatchObject([
        {
          name: 'POST /invoke',
          kind: 'SERVER',
          parentSpanId: 'b7ad6b7169203331',
          attributes: { 'http.route': '/invoke', 'http.response.status_code': 200 },
          resource: {
            'service.name': 'readability',
            'service.version': '0.1.0',
            'deployment.environment.name': 'local',
            'skill.placement': 'readability',
          },
        },
      ]);
      await until('its durations have arrived', () =>
        Promise.resolve(collector.points.some(({ metric }) => metric === 'http.server.request.duration')),
      );
      expect(JSON.stringify([collector.spans, collector.points])).not.toContain('secret');
    });

    it('exports an answer 500 as failed, without the text of what was raised', async () => {
      const traceId = '1af7651916cd43dd8448eb211c80319c';
      expect(await invoke('Fail with a secret.', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })).toBe(
        500,
      );
      const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
      await until('its span has arrived', () => Promise.resolve(ofTrace().length > 0));
      expect(ofTrace()).toMatchObject([
        {
          name: 'POST /invoke',
          failed: true,
          statusMessage: '',
          attributes: { 'http.route': '/invoke', 'http.response.status_code': 500, 'error.type': '500' },
        },
      ]);
      const isFailed = ({ metric, attributes }: OtlpReceiver['points'][number]) =>
        metric === 'http.server.request.duration' && attributes['http.response.status_code'] === 500;
      await until('its duration has arrived', () => Promise.resolve(collector.points.some(isFailed)));
      expect(collector.points.find(isFailed)?.attributes).toMatchObject({ 'error.type': '500' });
      expect(JSON.stringify([collector.spans, collector.points])).not.toContain('secret');
    });

    it('is profiled by py-spy, with its slowest function on top, and answers meanwhile', async () => {
      const text = 'The cat sat on the mat. '.repeat(8_000);
      const env = { PATH: `${venv}/bin:${process.env['PATH']}` };
      let isOver = false;
      const profiling = workspace.odoobo(['profile', 'readability', '--seconds=3'], env);
      void profiling.finally(() => (isOver = true));
      while (!isOver) expect(await invoke(text)).toBe(200);
      const { exitCode, output } = await profiling;
      expect(exitCode, output).toBe(0);
      expect(output).toMatch(
        /TIME +FUNCTION +SOURCE\n +[\d.]+ % +(_syllables|score|<genexpr>) +\S*readability\.py:\d+/,
      );
      expect(output).toMatch(/logs\/profiles\/readability-\S+\.html/);
      expect(output).toMatch(/logs\/profiles\/readability-\S+\.speedscope\.json/);
    }, 60_000);

    it('says how to get py-spy where it is missing', async () => {
      const { exitCode, output } = await workspace.odoobo(['profile', 'readability', '--seconds=1']);
      expect(exitCode).toBe(1);
      expect(output).toContain('pip install py-spy');
    });

    it.each(['hang', 'drip', 500] as const)(
      'answers, and is replaced in time, when the endpoint answers %s',
      async (answers) => {
        const bad = await startOtlpReceiver(answers);
        const before = await workspace.read(spec);
        await workspace.write(spec, before.replace(/http:\/\/127\.0\.0\.1:\d+/, bad.url));
        expect((await workspace.odoobo(['deploy', 'readability'])).exitCode).toBe(0);
        const since = performance.now();
        for (let sent = 0; sent < 20; sent++) expect(await invoke('Fine.')).toBe(200);
        expect(performance.now() - since).toBeLessThan(5_000);
        await workspace.write(spec, before);
        expect((await workspace.odoobo(['deploy', 'readability'])).exitCode).toBe(0);
        await bad.close();
      },
      60_000,
    );
  },
);
