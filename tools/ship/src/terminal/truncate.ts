import stringWidth from 'string-width';

/** Columns that a text takes on a terminal: two for a wide character, none for a colour. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** Cuts a line to so many columns: "…" marks the cut. Colours are kept, and end as in the full line. */
export function truncate(line: string, columns: number): string {
  if (textWidth(line) <= columns) return line;
  let left = columns - 1;
  let cut = columns <= 0;
  // Texts are at even indexes, the escape codes between them at odd ones.
  const parts = line.split(/(\u001b\[[\d;]*m)/).map((part, index) => {
    if (index % 2 === 1) return part;
    if (cut) return '';
    const whole = textWidth(part) <= left;
    const kept = whole ? part : beginning(part, left);
    left -= textWidth(kept);
    cut = !whole;
    return whole ? part : `${kept}…`;
  });
  return parts.join('');
}

/** The start of a text that fits into so many columns. */
export function beginning(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = '';
  // Made here: it loads the tables of Unicode, which takes 7 ms, and hardly any line is cut.
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (textWidth(kept + segment) > columns) break;
    kept += segment;
  }
  return kept;
}
