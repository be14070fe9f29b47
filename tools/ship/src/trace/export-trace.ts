import type { JournalRecord } from '../records/record.js';
import { traceOfRun } from './trace-of-run.js';

/** `service.name` of the traces of runs. */
const service = 'skills-delivery';

/**
 * Exports the trace of a run to the endpoint of OTEL_EXPORTER_OTLP_ENDPOINT.
 * @param deadlineMs the export is given up then
 * @returns the number of its spans
 * @throws Error when the endpoint does not receive it in time, or there is none
 */
export async function exportTrace(
  run: string,
  records: readonly JournalRecord[],
  deadlineMs: number,
): Promise<number> {
  const spans = traceOfRun(run, records);
  const { exportSpans } = await import('@odoobo/telemetry');
  if (spans.length > 0) await exportSpans(spans, { service, deadlineMs });
  return spans.length;
}
