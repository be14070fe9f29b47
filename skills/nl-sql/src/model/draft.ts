import * as z from 'zod';

/** The answer that the prompt requires of the model. */
const answerSchema = z.object({
  sql: z.string().nullable().meta({ description: 'The query; null if the tables cannot answer' }),
  explanation: z.string().meta({ description: 'What the query does or what is missing, in plain English' }),
});

/** As endpoints take it, which know few of JSON Schema's keywords; also for a model that answered otherwise. */
export const draftJsonSchema = { ...z.toJSONSchema(answerSchema), $schema: undefined };

const draftSchema = answerSchema.refine(({ sql, explanation }) => sql !== '' && explanation !== '');

/** An unchecked query; without SQL the model says why the question cannot be answered. */
export type Draft = z.infer<typeof draftSchema>;

const maxExplanation = 2_000;
/** An answer that is no longer than this has one of the last so many brackets at its beginning. */
const maxObject = 30_000;
const maxBrackets = 100;
const maxDepth = 20;

/**
 * Finds the answer in what a model said. Not every endpoint can be limited to JSON: models think aloud before it, put it into a Markdown
 * fence, write the query over several lines of a JSON string, or go on talking. The last object that fits is the answer; without one,
 * a single query in a fence is.
 */
export function readDraft(said: string): Draft | undefined {
  const text = withoutThoughts(said);
  const draft = lastObject(text) ?? fencedQuery(text);
  if (!draft) return undefined;
  const { sql, explanation } = draft;
  return { sql: sql && withoutSemicolon(sql), explanation: explanation.slice(0, maxExplanation) };
}

/** Some endpoints leave out the opening tag. Thoughts that do not end were cut off, and have no answer behind them. */
function withoutThoughts(said: string): string {
  const [, ...answers] = said.split(/<\/(?:think|thinking|thought|reasoning)>/i);
  const answer = answers.at(-1) ?? said;
  return answer.split(/<(?:think|thinking|thought|reasoning)>/i)[0] ?? '';
}

function lastObject(text: string): Draft | undefined {
  let start = text.lastIndexOf('{');
  for (let tries = 0; start >= 0 && tries < maxBrackets; tries++) {
    const draft = draftAt(text.slice(start, start + maxObject));
    if (draft) return draft;
    start = start === 0 ? -1 : text.lastIndexOf('{', start - 1);
  }
  return undefined;
}

/** The object that a text begins with; line breaks within its strings, which JSON forbids, are taken as they are meant. */
function draftAt(text: string): Draft | undefined {
  let depth = 0;
  let json = '';
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\[\s\S])*"|[{}]|[^{}"]+|"/g)) {
    json += part.startsWith('"')
      ? part.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))
      : part;
    depth += part === '{' ? 1 : part === '}' ? -1 : 0;
    if (depth === 0 || depth > maxDepth) break;
  }
  try {
    return draftSchema.parse(JSON.parse(json.replace(/,\s*\}$/, '}')));
  } catch {
    // Another bracket may begin the answer.
    return undefined;
  }
}

/** A model that cannot be brought to JSON often writes the query in a fence, and says around it what it does. */
function fencedQuery(text: string): Draft | undefined {
  const [fence, ...others] = [
    ...text.matchAll(/```(?:sql|postgresql|postgres|sqlite|mysql)\s*\n([\s\S]*?)```/gi),
  ];
  const sql = fence?.[1]?.trim();
  if (!fence || !sql || others.length > 0) return undefined;
  const explanation = text.replace(fence[0], ' ').replace(/\s+/g, ' ').trim();
  return { sql, explanation: explanation || 'The model gave no explanation.' };
}

function withoutSemicolon(sql: string): string {
  return sql.trim().replace(/(?:\s*;)+$/, '');
}
