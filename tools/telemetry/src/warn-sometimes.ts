const intervalMs = 60_000;

/** Passes on a warning, then none for a minute: an endpoint that is down would fill a log. */
export class WarnSometimes {
  #next = -Infinity;

  constructor(
    private readonly write: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param reason a message, or what was thrown */
  warn(reason: unknown): void {
    if (this.now() < this.#next) return;
    this.#next = this.now() + intervalMs;
    this.write(`Telemetry was not exported: ${messageOf(reason)}`);
  }
}

/** Without the body of an answer, which OTLPExporterError has in `data`. */
function messageOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  const { message } = reason;
  const { code } = reason as NodeJS.ErrnoException;
  // An AggregateError of a refused connection has no message.
  return [message, code === undefined || message.includes(String(code)) ? '' : `(${code})`]
    .filter(Boolean)
    .join(' ');
}
