const intervalMs = 60_000;

/**
 * Passes on what the SDK reports. While it starts, that is about settings: each once. Afterwards exports fail: it passes on a
 * warning, then none for a minute, because an endpoint that is down would fill a log.
 */
export class WarnSometimes {
  readonly #said = new Set<string>();
  #isStarting = true;
  #next = -Infinity;

  constructor(
    private readonly write: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Call it once the SDK runs. */
  started(): void {
    this.#isStarting = false;
  }

  /** @param reason a message, or what was thrown */
  warn(reason: unknown): void {
    if (this.#isStarting) return this.#warnOnce(`Telemetry is on, but: ${messageOf(reason)}`);
    if (this.now() < this.#next) return;
    this.#next = this.now() + intervalMs;
    this.write(`Telemetry was not exported: ${messageOf(reason)}`);
  }

  #warnOnce(message: string): void {
    if (!this.#said.has(message)) this.write(message);
    this.#said.add(message);
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
