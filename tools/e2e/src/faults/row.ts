/** What answers the clients of a skill while the command with the fault runs. */
export type Answered =
  /** What was live before, to the end. */
  | 'earlier'
  /** What was live before, and from the switch on the new version. */
  | 'earlier, new'
  /** The new version from the switch on, until what was live before is live again. */
  | 'earlier, new, earlier';

/** One fault, and everything that its user notices of it. */
export interface FaultRow {
  /** As docs/faults.md calls it. */
  name: string;
  skill: string;
  /**
   * What the user reads. In it `…` stands for anything within what is told of one skill; `<skill>`, `<id>`, `<url>`,
   * `<digest>` and `<time>` for what their names say.
   */
  reads: readonly string[];
  /** What the next deploy tells, which finds the fault gone. */
  thenReads?: readonly string[];
  exitCode: number;
  answered: Answered;
  /** How many deployments the app has when everything is healthy again, the first one included: none is made twice. */
  deployments: number;
  /**
   * The new version crashes once it is live, and writes this file right before: lost is what was under way to it and may
   * not be sent twice.
   */
  crashMark?: string;
}

/** A pattern for a text of `reads`. */
export function patternOf(text: string, skill: string): RegExp {
  const escaped = text.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&');
  const pattern = escaped
    .replaceAll('<skill>', skill)
    .replaceAll('<id>', '[0-9a-f-]{36}')
    .replaceAll('<url>', 'http://127\\.0\\.0\\.1:\\d+')
    .replaceAll('<digest>', 'sha256:[0-9a-f]+')
    .replaceAll('<time>', '[0-9.]+ m?s')
    // Columns are as wide as what is in them.
    .replaceAll(' ', ' +')
    // What is told of a skill is indented below its name.
    .replaceAll('…', '(?:(?!\\n\\S)[^])*?');
  return new RegExp(pattern);
}
