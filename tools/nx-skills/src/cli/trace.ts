import { UsageError } from '@odoobo/local-platform/command-line';
import { Journal } from '@odoobo/ship/records/journal';
import { workspaceFolders } from '@odoobo/ship/records/workspace-folders';
import { printable } from '@odoobo/ship/terminal/printable';
import { exportTrace } from '@odoobo/ship/trace/export-trace';
import { readRun } from '@odoobo/ship/trace/read-trace';
import { traceOfRun } from '@odoobo/ship/trace/trace-of-run';
import { waterfallText } from '@odoobo/ship/trace/waterfall';

export interface TraceOptions {
  otlp?: boolean;
  json?: boolean;
}

/** A person waits for it, so it may take longer than at the end of a run. */
const exportMs = 10_000;

/**
 * Shows where the time of a run went, or exports it as a trace.
 * @throws where an option is wrong; where the journal has no such run; where the endpoint does not receive the trace
 */
export async function traceCommand(
  { otlp, json }: TraceOptions,
  [named]: readonly string[],
): Promise<number> {
  if (otlp && json) throw new UsageError('--otlp and --json cannot be combined.');
  const journal = new Journal(workspaceFolders(process.cwd()).journal);
  const { run, records } = readRun(journal, named === undefined ? undefined : printable(named));
  if (otlp) {
    const count = await exportTrace(run, records, exportMs);
    process.stdout.write(
      `Exported ${run}: ${count} spans, trace ${traceOfRun(run, records)[0]?.traceId ?? ''}\n`,
    );
    return 0;
  }
  const spans = traceOfRun(run, records);
  process.stdout.write(json ? `${JSON.stringify(spans, null, 2)}\n` : waterfallText(run, spans));
  return 0;
}
