import { beginning, textWidth } from './truncate.js';

/**
 * Breaks a line between words into lines of at most so many columns; those after the first are indented. A command that
 * a user may copy stays on one line if it fits.
 */
export function wrap(line: string, columns: number): string[] {
  if (textWidth(line) <= columns) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const hanging = indent === '' ? '' : `${indent}  `;
  const lines: string[] = [];
  let now = '';
  for (const piece of piecesOf(line, columns - hanging.length)) {
    if (now.trim() === '' || textWidth(now + piece) <= columns) {
      now += piece;
    } else {
      lines.push(now);
      now = hanging + piece.trimStart();
    }
  }
  return [...lines, now];
}

/** Breaks a line after so many columns, even within words, as a terminal does. */
export function split(line: string, columns: number): string[] {
  const lines: string[] = [];
  for (let rest = line; rest !== '' || lines.length === 0;) {
    const part = beginning(rest, columns);
    lines.push(part);
    rest = rest.slice(part.length);
    // The column is too narrow for any character.
    if (part === '') return [...lines, rest];
  }
  return lines;
}

/** The same for each line of a text. */
export function wrapText(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrap(line, columns))
    .join('\n');
}

/** Words, and whole commands that fit into so many columns, each with the spaces before it. */
function piecesOf(line: string, columns: number): string[] {
  const pieces =
    line.match(/ *(?:\(?(?:npx|pnpm|yarn|bunx) [^.,;:)]*(?:[.,;:)](?! )[^.,;:)]*)*[.,;:)]?|[^ ]+)/g) ?? [];
  return pieces.flatMap((piece) =>
    textWidth(piece.trim()) <= columns ? [piece] : (piece.match(/ *[^ ]+/g) ?? []),
  );
}
