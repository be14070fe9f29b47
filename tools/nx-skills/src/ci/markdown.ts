import { printable } from '../terminal/printable.js';

/** A text from elsewhere, in one line, as it stands: no link, no tag, nobody who is mentioned. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;')
    .replaceAll(/[\\`*_{}[\]()#!|~]/g, '\\$&');
}

/** A table of cells that are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}

/** A text of several lines as it stands, whatever is in it: four spaces make a line code. */
export function markdownBlock(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${printable(line)}\n`)
    .join('');
}
