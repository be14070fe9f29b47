import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Report } from './benchmark.js';

const results = join(import.meta.dirname, '../../results');

/** Describes the machine: enough to judge the figures by, nothing that identifies it. */
export function describeMachine(): string {
  const [load = 0] = loadavg();
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores (${model}), ${process.platform} ${process.arch}, Node ${process.version}, load at the start ${load.toFixed(1)}`;
}

/** A Markdown table; the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** Writes `results/<name>.md`. @returns its text */
export async function writeReport(name: string, machine: string, report: Report): Promise<string> {
  const date = new Date().toISOString().slice(0, 10);
  const file = join(results, `${name}.md`);
  const markdown = `# ${report.title}\n\n${date}. ${machine}.\n\n${report.body}\n`;
  const text = await format(markdown, { ...(await resolveConfig(file)), parser: 'markdown' });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return text;
}
