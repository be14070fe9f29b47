import type { ParsedFile } from '../code/parse.js';
import { type ChangedFile, sideOf } from '../diff/parse-diff.js';
import { notAnApi } from '../rules/breaking-changes.js';

/** A member of a type or an object, as an option is: `retries?: number;` or `retries: 3,`. */
const member = /^\s+(?:readonly\s+)?["']?([\w$]{1,100})["']?\??\s*:\s*[^{}()=]{1,300}[;,]?\s*$/;

/** Names that a note lists. */
const maxNames = 3;

/**
 * Says that a diff shows too little of a file: it removes what may be an option of something exported, and what that belongs
 * to is above the hunk. With the whole file the comparison of exports answers it.
 */
export function shortContextNotes({ path, hunks, status }: ChangedFile, parsed: ParsedFile): string[] {
  if (parsed.whole || parsed.language !== 'script' || status === 'deleted' || notAnApi.test(path)) return [];
  const names = hunks.flatMap(({ lines }) => removedMembers(lines));
  if (names.length === 0) return [];
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
  return [
    `${path} loses ${names.slice(0, maxNames).join(', ')}${more}, and the diff does not show what of. If it is exported, its users break: send more context (git diff -U50).`,
  ];
}

function removedMembers(lines: string[]): string[] {
  const now = new Set(sideOf('+', lines).map((line) => member.exec(line.slice(1))?.[1]));
  const before = sideOf('-', lines);
  return before.flatMap((line, index) => {
    const name = line.startsWith('-') ? member.exec(line.slice(1))?.[1] : undefined;
    const isGone = name !== undefined && !now.has(name) && !isOwnerShown(before.slice(0, index), line);
    return isGone ? [name] : [];
  });
}

/** Whether a line above, further to the left, opens what the line is in. */
function isOwnerShown(above: string[], line: string): boolean {
  const indent = line.slice(1).search(/\S/);
  return above.some((each) => {
    const own = each.slice(1).search(/\S/);
    return own >= 0 && own < indent && /[{[(]\s*(?:\/\/.*)?$/.test(each);
  });
}
