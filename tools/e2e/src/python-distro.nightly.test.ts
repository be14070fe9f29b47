import type { OtlpReceiver } from '@odoobo/telemetry/testing';
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

const { startOtlpReceiver } = await import('@odoobo/telemetry/testing');

const packages = [
  'fastapi',
  'uvicorn',
  'opentelemetry-distro',
  'opentelemetry-exporter-otlp-proto-http',
  'opentelemetry-instrumentation-fastapi',
];

/** Whether there is Python with venv, and an index that has the packages. */
async function canInstall(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'distro-'));
  const options = { cwd: folder, reject: false } as const;
  const made = await execa('python3', ['-m', 'venv', 'venv'], options);
  const found = await execa(
    'venv/bin/pip',
    ['download', '--quiet', '--no-deps', ...packages.slice(2)],
    options,
  );
  await rm(folder, { recursive: true, force: true });
  return !made.failed && !found.failed;
}

/** Nothing of OpenTelemetry but the call that docs/tracing.md shows. */
const source = `from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()

from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    return {"status": "healthy"}


@app.post("/invoke")
def invoke(call: dict):
    return 1 / call["input"]
`;

describe.skipIf(!(await canInstall()))(
  'a skill with opentelemetry-distro (needs python3-venv and a package index)',
  () => {
    let workspace: Workspace;
    let collector: OtlpReceiver;

    beforeAll(async () => {
      collector = await startOtlpReceiver();
      const envs = {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_BSP_SCHEDULE_DELAY: '100',
      };
      const added = Object.entries(envs).map(([key, value]) => `  - key: ${key}\n    value: "${value}"\n`);
      workspace = await Workspace.create({
        shop: {
          manifest: { runtime: 'python', entry: 'main:app' },
          spec: `envs:\n${added.join('')}`,
          initialDelay: 20,
        },
      });
      await workspace.write('skills/shop/main.py', source);
      await workspace.write('skills/shop/requirements.txt', `${packages.join('\n')}\n`);
      await workspace.remove('skills/shop/src');
      await workspace.commit('python');
      const { exitCode, output } = await workspace.odoobo(['deploy', 'shop']);
      expect(exitCode, output).toBe(0);
    }, 240_000);
    afterAll(async () => {
      await workspace.close();
      await collector.close();
    });

    it.each([
      [1, 200],
      [0, 500],
    ])(
      'exports the span of a request with %i below that of its caller, as what it was deployed as',
      async (input, status) => {
        const traceId = `${status}7651916cd43dd8448eb211c80319c`;
        const answer = await fetch(`${(await workspace.status('shop'))['url']}/invoke`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
          body: JSON.stringify({ input }),
        });
        expect(answer.status).toBe(status);
        const server = () =>
          collector.spans.find((span) => span.traceId === traceId && span.kind === 'SERVER');
        await until('its span has arrived', () => Promise.resolve(server() !== undefined));
        expect(server()).toMatchObject({
          name: 'POST /invoke',
          parentSpanId: 'b7ad6b7169203331',
          failed: status === 500,
          resource: {
            'service.name': 'shop',
            'service.version': '1.0.0',
            'deployment.environment.name': 'local',
            'skill.placement': 'shop',
          },
        });
      },
      30_000,
    );
  },
);
