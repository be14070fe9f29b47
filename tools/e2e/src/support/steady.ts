/**
 * The terminal output of a run, made equal for each run: Nx's own output before and after is left out, lines that come in
 * any order are sorted, and ids, digests, ports and times become placeholders of the same width, so that the layout is kept.
 */
export function steady(lines: readonly string[], target: string): string {
  const own = withSteadyColumns(ownPart(lines, target)).map(withPlaceholders);
  return `${sortedBlocks(own).join('\n')}\n`;
}

const steadyLogLine = /^ {4}\| (?:Error: |about to fail|asked for health)/;

/** From Nx's line that starts the target to the rule that Nx draws at the end. */
function ownPart(lines: readonly string[], target: string): string[] {
  const run = new RegExp(`^> nx run \\S+:${target}\\b|tasks with \\S+:${target}$`);
  const start = lines.findIndex((line) => run.test(line));
  const rest = lines.slice(Math.max(0, start));
  const end = rest.findIndex((line) => /^—{20}/.test(line));
  const part = end === -1 ? rest : rest.slice(0, end);
  // How often a log repeats a line, and where it cuts paths, differs in each run; so does where Nx reports that a task is
  // done.
  const steadyPart = part.filter(
    (line, row) => !isNxResult.test(line) && !isRepeated(line, part[row - 1]) && isSteadyLog(line),
  );
  return steadyPart.join('\n').trimEnd().split('\n');
}

const isNxResult = /^[✔✖] {2}nx run /;
const isSteadyLog = (line: string): boolean => !/^ {4}\| /.test(line) || steadyLogLine.test(line);

/** Whether two lines have the same words, whatever their time. */
function isRepeated(line: string, before = ''): boolean {
  const words = /asked for health.*/;
  return words.test(line) && words.exec(line)?.[0] === words.exec(before)?.[0];
}

const hidden = (text: string): string => text.replace(/[0-9a-f]/g, 'x');
const duration = /\b\d+(?:\.\d+)? (?:ms|s|min)\b/g;
const zeros = (text: string): string => text.replace(/\d/g, '0');

/** With placeholders of the same width for what differs in each run. */
export function withPlaceholders(line: string): string {
  return line
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{1,12})+|\b(?=[a-f]*\d)[0-9a-f]{2,8}(?=…)/g, hidden)
    .replace(/(?<=sha256:)[0-9a-f]{12,64}/g, hidden)
    .replace(/\b(?=[a-f]*\d)(?:[0-9a-f]{9}|[0-9a-f]{12}|[0-9a-f]{40})\b/g, hidden)
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(?:[.-]\d{3}Z?)?/g, zeros)
    .replace(/(?<=127\.0\.0\.1:)\d+/g, '00000')
    .replace(/(?<=\/workspace-)\w{6}/g, 'xxxxxx')
    .replace(duration, '0.0 s')
    .replace(/(?<=\bport )\d+/g, zeros)
    .replace(/^ {2}0\.0 s +(?=\S)/, '  0.0 s  ')
    .replace(/^( {2}0\.0 s {2}.{50}).*…$/, '$1…');
}

/** Columns of times, by title, and their fixed widths: a time may need one more character in another run. */
const widths: Record<string, number> = { TIME: 5, AGE: 5, RESPONSE: 11, 'RESPONSE TIME': 22 };

function withSteadyColumns(lines: readonly string[]): string[] {
  let cells: { start: number; end: number; width: number }[] = [];
  return lines.map((line) => {
    if (line.startsWith('  SKILL')) cells = columnsOf(line);
    if (line === '') cells = [];
    return cells.reduceRight(
      (row, { start, end, width }) =>
        row.length <= start
          ? row
          : row.slice(0, start) +
            row.slice(start, end).trim().replace(duration, '0.0 s').padEnd(width) +
            row.slice(end),
      line,
    );
  });
}

function columnsOf(head: string): { start: number; end: number; width: number }[] {
  const titles = [...head.matchAll(/\S+(?: \S+)*/g)];
  return titles.flatMap(({ 0: title, index: start }, place) => {
    const next = titles[place + 1]?.index;
    const width = widths[title];
    return width === undefined || next === undefined ? [] : [{ start, end: next - 2, width }];
  });
}

/** The lines of skills, which end in any order, sorted by name, with Nx's lines about each. */
function sortedBlocks(lines: readonly string[]): string[] {
  const table = lines.findIndex((line) => line.startsWith('  SKILL'));
  const before = table === -1 ? lines : lines.slice(0, table);
  const [head = [], ...tasks] = chunks(before, (line) => line.startsWith('> nx run '));
  return [...sortedResults(head), ...tasks.sort(byFirst).flat(), ...(table === -1 ? [] : lines.slice(table))];
}

function sortedResults(lines: readonly string[]): string[] {
  const [head = [], ...results] = chunks(lines, (line) => /^ {2}[✔✖↩‖»-] /.test(line));
  const last = results.at(-1);
  const end = last?.findIndex((line) => line === '') ?? -1;
  const tail = end === -1 ? [] : (last?.splice(end) ?? []);
  return [...head, ...results.sort(byFirst).flat(), ...tail];
}

/** Compares by the name of the skill, without its mark. */
function byFirst([a = '']: string[], [b = '']: string[]): number {
  return a.slice(4) < b.slice(4) ? -1 : 1;
}

/** The lines before the first chunk, then each chunk; `begins` recognizes the first line of a chunk. */
function chunks(lines: readonly string[], begins: (line: string) => boolean): string[][] {
  const all: string[][] = [[]];
  for (const line of lines) {
    if (begins(line)) all.push([]);
    all.at(-1)?.push(line);
  }
  return all;
}
