import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFromModule, hasGo } from '../clients/go-tools.js';
import { until } from './poll.js';

/** A span as the debug exporter of a Collector prints it, with the attributes of its resource. */
export interface CollectedSpan {
  traceId: string;
  parentId: string;
  id: string;
  name: string;
  kind: string;
  service: string;
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  /** All that it has printed. */
  output: () => string;
  spans: () => CollectedSpan[];
  stop: () => Promise<void>;
}

const isInstalled = spawnSync('otelcol', ['--version']).status === 0;

/** Whether OpenTelemetry's Collector is installed (https://opentelemetry.io/docs/collector/installation/), or can be built. */
export const hasCollector = isInstalled || hasGo;

const version = 'v0.165.0';
const providersVersion = 'v1.71.0';

/** For OpenTelemetry's builder: https://opentelemetry.io/docs/collector/extend/ocb/ */
const parts = `dist: { name: otelcol, output_path: . }
receivers: [{ gomod: go.opentelemetry.io/collector/receiver/otlpreceiver ${version} }]
exporters: [{ gomod: go.opentelemetry.io/collector/exporter/debugexporter ${version} }]
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/envprovider ${providersVersion}
  - gomod: go.opentelemetry.io/collector/confmap/provider/yamlprovider ${providersVersion}
`;

/** Builds a Collector from its public Go modules, which takes minutes. @returns the path of the program */
async function build(folder: string): Promise<string> {
  const builder = join(folder, 'builder');
  await buildFromModule('go.opentelemetry.io/collector/cmd/builder', version, '.', builder);
  await writeFile(join(folder, 'parts.yaml'), parts);
  await execa(builder, ['--config', 'parts.yaml'], { cwd: folder, env: { GOFLAGS: '-buildvcs=false' } });
  return join(folder, 'otelcol');
}

/** Starts a real Collector that prints what it receives by OTLP over HTTP. */
export async function startCollector(): Promise<Collector> {
  const folder = await mkdtemp(join(tmpdir(), 'collector-'));
  const program = isInstalled ? 'otelcol' : await build(folder);
  const port = await freePort();
  const config = [
    `yaml:receivers::otlp::protocols::http::endpoint: 127.0.0.1:${port}`,
    'yaml:exporters::debug::verbosity: detailed',
    'yaml:service::telemetry::metrics::level: none',
    ...['traces', 'metrics'].flatMap((signal) => [
      `yaml:service::pipelines::${signal}::receivers: [otlp]`,
      `yaml:service::pipelines::${signal}::exporters: [debug]`,
    ]),
  ];
  const child = spawn(
    program,
    config.flatMap((one) => ['--config', one]),
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = once(child, 'exit');
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  await until('the Collector is ready', () => {
    if (child.exitCode !== null) throw new Error(`The Collector has ended: ${written}`);
    return Promise.resolve(written.includes('Everything is ready'));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => written,
    spans: () => spansIn(written),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function spansIn(output: string): CollectedSpan[] {
  return output
    .split(/ResourceSpans #\d+/)
    .slice(1)
    .flatMap((ofResource) => {
      const service = /-> service\.name: Str\(([^)]*)\)/.exec(ofResource)?.[1] ?? '';
      return ofResource
        .split(/\bSpan #\d+/)
        .slice(1)
        .map((span) => {
          const field = (name: string) => new RegExp(`^\\s+${name}\\s*: *(.*)$`, 'm').exec(span)?.[1] ?? '';
          return {
            traceId: field('Trace ID'),
            parentId: field('Parent ID'),
            id: field('ID'),
            name: field('Name'),
            kind: field('Kind'),
            service,
          };
        });
    });
}
