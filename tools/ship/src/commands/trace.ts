import { UsageError } from '@odoobo/local-platform/command-line';
import { Journal } from '../records/journal.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { printable } from '../terminal/printable.js';
import { exportTrace } from '../trace/export-trace.js';
import type { TraceOptions } from '../trace/options.js';
import { readRun } from '../trace/read-trace.js';
import { traceOfRun } from '../trace/trace-of-run.js';
import { waterfallText } from '../trace/waterfall.js';

/** A person waits for it, so it may take longer than at the end of a run. */
const exportMs = 10_000;

/**
 * Shows where the time of a run went, or exports it as a trace.
 * @returns an exit code
 * @throws where an option is wrong; where the journal has no such run; where the endpoint does not receive the trace
 */
export async function traceCommand(
  { otlp, json }: TraceOptions,
  [named]: readonly string[],
): Promise<number> {
  if (otlp && json) throw new UsageError('--otlp and --json cannot be combined.');
  const journal = new Journal(workspaceFolders(process.cwd()).journal);
  const { run, records } = readRun(journal, named === undefined ? undefined : printable(named));
  const spans = traceOfRun(run, records);
  if (otlp) {
    const count = await exportTrace(run, records, exportMs);
    process.stdout.write(`Exported ${run}: ${count} spans, trace ${spans[0]?.traceId ?? ''}\n`);
    return 0;
  }
  process.stdout.write(json ? `${JSON.stringify(spans, null, 2)}\n` : waterfallText(run, spans));
  return 0;
}
