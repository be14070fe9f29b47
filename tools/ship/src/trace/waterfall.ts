import { formatDuration, formatLatency } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { TraceSpan } from './trace-of-run.js';

const barWidth = 40;

/** The trace of a run as text: each part with when it was, how long it took, and why it failed. */
export function waterfallText(run: string, spans: readonly TraceSpan[]): string {
  const [root] = spans;
  if (!root) return '';
  const depths = new Map<string | undefined, number>();
  const rows = spans.map((span) => {
    const depth = (depths.get(span.parentSpanId) ?? -1) + 1;
    depths.set(span.spanId, depth);
    return [
      '  '.repeat(depth) + printable(span.name),
      barOf(span, root),
      timeOf(span.endedAt - span.startedAt),
      span.error === undefined ? '' : `✖ ${printable(span.error)}`,
    ];
  });
  return `${[`${run}, trace ${root.traceId}`, '', ...table(rows)].join('\n')}\n`;
}

/** At least one mark: a step that was short was still there. */
function barOf({ startedAt, endedAt }: TraceSpan, root: TraceSpan): string {
  const whole = Math.max(1, root.endedAt - root.startedAt);
  const column = (at: number) => Math.round(((at - root.startedAt) / whole) * barWidth);
  const start = Math.min(barWidth - 1, Math.max(0, column(startedAt)));
  const end = Math.min(barWidth, Math.max(start + 1, column(endedAt)));
  return ' '.repeat(start) + '━'.repeat(end - start);
}

function timeOf(milliseconds: number): string {
  return milliseconds < 1_000 ? formatLatency(milliseconds) : formatDuration(milliseconds);
}
