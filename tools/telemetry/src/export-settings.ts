import { accessSync, constants } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Telemetry that was asked for in a way that it cannot be. */
export class TelemetrySettingsError extends Error {
  override readonly name = 'TelemetrySettingsError';
}

/** A kind of telemetry, as the names of variables have it. */
export type Signal = 'TRACES' | 'METRICS';

const defaultIntervalMs = 60_000;

/** Of a name or a value in OTEL_RESOURCE_ATTRIBUTES, as the SDK has it. */
const longestAttribute = 255;

/**
 * Whether a signal is exported: by the variables that OpenTelemetry specifies
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Without an endpoint nothing is exported, although the specification
 * has a default one: a skill must not send anything unasked.
 * @throws TelemetrySettingsError when it cannot be exported as these variables say
 */
export function isExported(signal: Signal, env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env[`OTEL_${signal}_EXPORTER`] === 'none')
    return false;
  const name = [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'].find(
    (one) => env[one],
  );
  if (name === undefined) return false;
  requireHttp(name, env[name] ?? '');
  requireProtobuf(signal, env);
  requireHeaders(signal, env);
  requireFiles(signal, env);
  return true;
}

/**
 * Whether each span of a sampled caller, or of none, is kept, with all of its attributes: the default. Otherwise a variable names another
 * sampler or sets a limit, and the SDK has to look at each span.
 */
export function allSpansAreKept(env: NodeJS.ProcessEnv): boolean {
  return (
    (env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on') === 'parentbased_always_on' &&
    !Object.keys(env).some((name) => /^OTEL_.*ATTRIBUTE.*_LIMIT$/.test(name))
  );
}

/** The value is not repeated: it can contain a password. */
function requireHttp(name: string, value: string): void {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return;
  throw new TelemetrySettingsError(`${name} is not a URL. Set it to one such as http://127.0.0.1:4318.`);
}

function requireProtobuf(signal: Signal, env: NodeJS.ProcessEnv): void {
  for (const name of [`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const value = env[name];
    if (!value) continue;
    if (value === 'http/protobuf') return;
    throw new TelemetrySettingsError(
      `${name} is "${value}", which is not supported. Set it to http/protobuf; the port of a Collector is then 4318.`,
    );
  }
}

/**
 * The SDK drops an entry that it cannot read, and Node's error of a bad name repeats it: in `Authorization: Basic a2V5` that is the key.
 * So no entry is repeated here either.
 */
function requireHeaders(signal: Signal, env: NodeJS.ProcessEnv): void {
  for (const name of [`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, 'OTEL_EXPORTER_OTLP_HEADERS']) {
    const entries = (env[name] ?? '').split(',');
    const wrong = entries.findIndex((entry) => entry.trim() !== '' && !isHeader(entry));
    if (wrong === -1) continue;
    throw new TelemetrySettingsError(
      `${name}: entry ${wrong + 1} of ${entries.length} is not <name>=<value>. Write it as x-key=abc,x-team=blue; in a value, a comma is %2C and a semicolon %3B.`,
    );
  }
}

function isHeader(entry: string): boolean {
  const equals = entry.indexOf('=');
  if (equals === -1 || entry.includes(';')) return false;
  try {
    const name = decodeURIComponent(entry.slice(0, equals).trim());
    validateHeaderName(name);
    validateHeaderValue(name, decodeURIComponent(entry.slice(equals + 1).trim()));
    return true;
  } catch {
    return false;
  }
}

/** The SDK goes on without a file that it cannot read: then a certificate is checked by others than the user wants. */
function requireFiles(signal: Signal, env: NodeJS.ProcessEnv): void {
  for (const kind of ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY']) {
    for (const name of [`OTEL_EXPORTER_OTLP_${signal}_${kind}`, `OTEL_EXPORTER_OTLP_${kind}`]) {
      const file = env[name];
      if (!file) continue;
      try {
        accessSync(file, constants.R_OK);
      } catch (cause) {
        throw new TelemetrySettingsError(
          `${name} is "${file}", which cannot be read (${(cause as NodeJS.ErrnoException).code}). Set it to a file in PEM.`,
          { cause },
        );
      }
    }
  }
}

/**
 * What is wrong with OTEL_RESOURCE_ATTRIBUTES; undefined if nothing is. As specified, the SDK then uses none of them, those that `deploy`
 * has added included, and says nothing.
 */
export function wrongAttributes({
  OTEL_RESOURCE_ATTRIBUTES: text = '',
}: NodeJS.ProcessEnv): string | undefined {
  const entries = text.split(',');
  const wrong = entries.findIndex((entry) => entry.trim() !== '' && !isAttribute(entry));
  if (wrong === -1) return undefined;
  return `OTEL_RESOURCE_ATTRIBUTES: entry ${wrong + 1} of ${entries.length} is not <name>=<value>, so none of them is used. In a value, a comma is %2C and an equals sign %3D.`;
}

function isAttribute(entry: string): boolean {
  const [name = '', value, ...rest] = entry.split('=');
  if (name.trim() === '' || value === undefined || rest.length > 0) return false;
  try {
    return [name, value].every((part) => decodeURIComponent(part.trim()).length <= longestAttribute);
  } catch {
    return false;
  }
}

/**
 * How often metrics are exported, in milliseconds, and how long one export may take.
 * @throws TelemetrySettingsError when it is not a number of milliseconds
 */
export function metricTimes(env: NodeJS.ProcessEnv): { interval: number; timeout: number } {
  const interval = milliseconds('OTEL_METRIC_EXPORT_INTERVAL', env, defaultIntervalMs);
  const timeout = milliseconds('OTEL_METRIC_EXPORT_TIMEOUT', env, defaultIntervalMs / 2);
  return { interval, timeout: Math.min(timeout, interval) };
}

function milliseconds(name: string, env: NodeJS.ProcessEnv, otherwise: number): number {
  const text = env[name];
  if (!text) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new TelemetrySettingsError(`${name} is "${text}". Set it to a whole number of milliseconds.`);
}
