/**
 * Rewrites the diffs of merges (`diff --cc`, `diff --combined`) as what the merge changes in its first parent, which is the
 * branch that was merged into. Git marks a line of a merge once for each parent: `++` is new in the merge, `+ ` came with
 * the other branch, ` +` was there before. Any other text is returned as it is.
 * https://git-scm.com/docs/diff-format#_combined_diff_format
 */
export function asPlainDiff(text: string): string {
  if (!/^(?:diff --(?:cc|combined) |@{3,} -)/m.test(text)) return text;
  const plain: string[] = [];
  let hunk: CombinedHunk | undefined;
  for (const line of text.split('\n')) {
    const started = startedHunk(line);
    if (started) plain.push(started.head);
    else if (hunk && isIn(hunk, line)) plain.push(...bodyLine(hunk, line));
    else plain.push(...headLine(line));
    if (started) hunk = started;
    else if (line.startsWith('diff ')) hunk = undefined;
  }
  return plain.join('\n');
}

interface CombinedHunk {
  parents: number;
  head: string;
  /** Lines of the result and of each parent that are still to come. */
  left: number[];
}

function startedHunk(line: string): CombinedHunk | undefined {
  const match = /^(@{3,20}) (-\d[^@]*?) \+(\d+)(?:,(\d+))? \1(.*)$/.exec(line);
  if (!match) return undefined;
  const [, marks = '', olds = '', start = '', count, rest = ''] = match;
  const ranges = olds.split(' ').map((range) => /^-(\d+)(?:,(\d+))?$/.exec(range));
  const parents = marks.length - 1;
  if (ranges.length !== parents || ranges.some((range) => !range)) return undefined;
  const left = [Number(count ?? 1), ...ranges.map((range) => Number(range?.[2] ?? 1))];
  const head = `@@ ${olds.split(' ', 1)[0]} +${start}${count === undefined ? '' : `,${count}`} @@${rest}`;
  return { parents, head, left };
}

function isIn(hunk: CombinedHunk, line: string): boolean {
  return line.startsWith('\\') || (hunk.left.some((count) => count > 0) && /^[-+ ]/.test(line));
}

/** What the first parent's column says; a line that only other parents had is not part of it. */
function bodyLine(hunk: CombinedHunk, line: string): string[] {
  if (line.startsWith('\\')) return [line];
  const marks = line.slice(0, hunk.parents);
  const isRemoved = marks.includes('-');
  hunk.left = hunk.left.map((count, index) => {
    const mark = index === 0 ? '' : (marks[index - 1] ?? ' ');
    const isCounted = index === 0 ? !isRemoved : isRemoved ? mark === '-' : mark !== '+';
    return isCounted ? count - 1 : count;
  });
  if (isRemoved && !marks.startsWith('-')) return [];
  return [marks.charAt(0) + line.slice(hunk.parents)];
}

function headLine(line: string): string[] {
  const match = /^diff --(?:cc|combined) (.*)$/.exec(line);
  if (match) return [plainHead(match[1] ?? '')];
  // `index a,b..c` and `mode a,b..c` speak of several parents.
  return /^(?:index|mode) [0-9a-f]+,[0-9a-f,]+\.\./.test(line) ? [] : [line];
}

function plainHead(path: string): string {
  return path.startsWith('"')
    ? `diff --git "a/${path.slice(1)} "b/${path.slice(1)}`
    : `diff --git a/${path} b/${path}`;
}
