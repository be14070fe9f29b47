import * as z from 'zod';
import type { ModelComment } from '../schema.js';
import type { Place } from './excerpt.js';
import { maskText } from './mask.js';

export const maxComments = 20;
export const maxCommentLength = 600;

const answerSchema = z.object({ comments: z.array(z.unknown()) });

const commentSchema = z.object({
  at: z.string(),
  comment: z.string(),
  suggestion: z.string().nullish(),
});

export interface Comments {
  comments: ModelComment[];
  /** Comments that were not on a line that was shown, had no text, or were too many. */
  dropped: number;
}

/**
 * Reads the answer of a model, which can be wrong or under the influence of the change: only comments on lines that it was shown are
 * left of it, as plain text.
 * @returns nothing when the answer is not the object that was asked for
 */
export function readComments(said: string, places: ReadonlyMap<string, Place>): Comments | undefined {
  const answer = objectIn(said);
  if (!answer) return undefined;
  const comments = new Map<string, ModelComment>();
  for (const item of answer.comments) {
    const comment = comments.size < maxComments ? commentOf(item, places) : undefined;
    if (comment) comments.set(JSON.stringify(comment), comment);
  }
  return { comments: [...comments.values()], dropped: answer.comments.length - comments.size };
}

/** Models put the object into a fence, a sentence, or behind their thoughts; then the last one is the answer. */
function objectIn(said: string): z.infer<typeof answerSchema> | undefined {
  const starts = [...said.matchAll(/\{\s{0,20}"comments"\s{0,20}:/g)].map(({ index }) => index);
  for (const start of new Set([starts.at(-1), starts[0]])) {
    const text = start === undefined ? '' : said.slice(start, endOfObject(said, start));
    const parsed = answerSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

/** Behind the brace that closes the one at `start`; the end of the text where none does. Braces in texts do not count. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') inText = !inText;
    else if (inText && character === '\\') at += 1;
    else if (!inText && character === '{') depth += 1;
    else if (!inText && character === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function commentOf(item: unknown, places: ReadonlyMap<string, Place>): ModelComment | undefined {
  const { data } = commentSchema.safeParse(item);
  const place = data && places.get(data.at.trim());
  const message = data && plain(data.comment);
  if (!place || !message) return undefined;
  const suggestion = plain(data.suggestion ?? '');
  return { source: 'model', ...place, message, ...(suggestion && { suggestion }) };
}

/**
 * Text of a model as plain text: no invisible characters, which hide text from people; no links, which lead away and can carry what
 * the model has read; nothing that looks like a key.
 */
function plain(text: string): string {
  const visible = text
    .slice(0, 10 * maxCommentLength)
    .replace(/[\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .replace(/\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:)\S{1,2000}/gi, '[link removed]')
    .trim();
  const shown = maskText(visible);
  return shown.length > maxCommentLength ? `${shown.slice(0, maxCommentLength - 1).trimEnd()}…` : shown;
}
