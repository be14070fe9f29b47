/** Which version answers the clients of a skill while the command with the fault runs. */
export type Answered =
  /** The earlier version, until the end. */
  | 'earlier'
  /** The earlier version, and after the switch the new one. */
  | 'earlier, new'
  /** The new version after the switch, until the earlier version is live again. */
  | 'earlier, new, earlier';

/** One fault, and everything that the user notices of it. */
export interface FaultRow {
  /** The name in docs/faults.md. */
  name: string;
  skill: string;
  /**
   * What the user reads. In it `…` stands for any text within the output of one skill; `<skill>`, `<id>`, `<url>`,
   * `<digest>` and `<time>` for what their names say.
   */
  reads: readonly string[];
  /** The output of the next deploy, after the fault is removed. */
  thenReads?: readonly string[];
  exitCode: number;
  answered: Answered;
  /** How many deployments the app has when everything is healthy again, including the first one: none is made twice. */
  deployments: number;
  /**
   * The new version crashes once it is live, and writes this file just before: requests to it that are in progress and may
   * not be sent twice are lost.
   */
  crashMark?: string;
  /** Run only at night, because another row shows nearly the same. */
  onlyAtNight?: true;
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
    // Columns are as wide as their content.
    .replaceAll(' ', ' +')
    // The output of a skill is indented below its name.
    .replaceAll('…', '(?:(?!\\n\\S)[^])*?');
  return new RegExp(pattern);
}
