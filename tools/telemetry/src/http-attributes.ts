/** The methods that OpenTelemetry's conventions know; all others are one, so that a caller cannot make many. */
const known = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** The value of `http.request.method`. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && known.has(method) ? method : '_OTHER';
}

/**
 * Upper bounds of a duration's buckets, in seconds, as the conventions for HTTP advise
 * (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/).
 */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
