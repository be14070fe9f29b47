import type { Level, LogLine } from './log-line.js';

/** Which lines of a log are shown. */
export interface LogFilter {
  text: string;
  /** All components where it is empty. */
  component: string;
  level: 'all' | 'warnings' | 'errors';
}

export const everything: LogFilter = { text: '', component: '', level: 'all' };

const levels: Record<LogFilter['level'], readonly Level[]> = {
  all: ['error', 'warning', 'other'],
  warnings: ['error', 'warning'],
  errors: ['error'],
};

export function isFiltered({ text, component, level }: LogFilter): boolean {
  return text.trim() !== '' || component !== '' || level !== 'all';
}

/** The lines that have the text, in any case, and are of the component and the level. */
export function filterLines(
  lines: readonly LogLine[],
  { text, component, level }: LogFilter,
): readonly LogLine[] {
  const wanted = text.trim().toLowerCase();
  return lines.filter(
    (line) =>
      (component === '' || line.component === component) &&
      levels[level].includes(line.level) &&
      line.plain.toLowerCase().includes(wanted),
  );
}
