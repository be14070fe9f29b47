import { stripVTControlCharacters } from 'node:util';

/** A line of at most so many columns: what is cut off is told by "…". Colours are kept, and end as they would have. */
export function truncate(line: string, columns: number): string {
  if ([...stripVTControlCharacters(line)].length <= columns) return line;
  let left = columns;
  // The texts are at even places, the escape codes between them at odd ones.
  const parts = line.split(/(\u001b\[[\d;]*m)/).map((part, index) => {
    if (index % 2 === 1) return part;
    const characters = [...part];
    const room = left;
    left = Math.max(0, room - characters.length);
    if (room === 0) return '';
    return characters.length < room ? part : `${characters.slice(0, room - 1).join('')}…`;
  });
  return parts.join('');
}
