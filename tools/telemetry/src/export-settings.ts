/** Telemetry that was asked for in a way that it cannot be. */
export class TelemetrySettingsError extends Error {
  override readonly name = 'TelemetrySettingsError';
}

/** A kind of telemetry, as the names of variables have it. */
export type Signal = 'TRACES' | 'METRICS';

const defaultIntervalMs = 60_000;

/**
 * Whether a signal is exported: by the variables that OpenTelemetry specifies
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Without an endpoint nothing is exported, although the specification
 * has a default one: a skill must not send anything unasked.
 * @throws TelemetrySettingsError when it cannot be exported as these variables say
 */
export function isExported(signal: Signal, env: NodeJS.ProcessEnv): boolean {
  if (env[`OTEL_${signal}_EXPORTER`] === 'none') return false;
  const name = [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'].find(
    (one) => env[one],
  );
  if (name === undefined) return false;
  requireHttp(name, env[name] ?? '');
  requireProtobuf(signal, env);
  return true;
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
