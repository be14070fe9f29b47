import * as z from 'zod';

/** The answer that the prompt requires of the model. */
const draftSchema = z.object({
  sql: z.string().min(1).nullable(),
  explanation: z.string().min(1),
});

/** An unchecked query; without SQL the model says why the question cannot be answered. */
export type Draft = z.infer<typeof draftSchema>;

/**
 * Finds the JSON object in what a model said: many put it into a Markdown fence or a sentence around it, and not every endpoint
 * can be limited to JSON.
 */
export function readDraft(said: string): Draft | undefined {
  try {
    const object: unknown = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1));
    const { sql, explanation } = draftSchema.parse(object);
    return { sql: sql && withoutSemicolon(sql), explanation: explanation.slice(0, 2000) };
  } catch {
    // The model gets the required format and is asked again.
    return undefined;
  }
}

function withoutSemicolon(sql: string): string {
  return sql.trim().replace(/(?:\s*;)+$/, '');
}
