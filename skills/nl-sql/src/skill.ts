import { defineSkill } from '@odoobo/skill-kit';
import { examples } from './examples.js';
import { inputSchema, outputSchema } from './schema.js';

/** Within the 25 s that a skill has to finish its requests in when it is asked to stop. */
const timeoutMs = 25_000;

/**
 * The skill with its settings: MODEL_NAME, MODEL_BASE_URL and MODEL_ACCESS_KEY, and DATABASE_URL_<NAME>.
 * @param bundle the file that SQLite's threads are started from
 */
export function nlSqlSkill(env: NodeJS.ProcessEnv, bundle: URL) {
  // The parser takes longer to load than the rest, so a cold start does without it.
  const loaded = async () => new (await import('./answerer.js')).Answerer(env, bundle);
  let answerer: ReturnType<typeof loaded> | undefined;
  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    examples,
    timeoutMs,
    invoke: async (input, { signal }) => (await (answerer ??= loaded())).answer(input, signal),
  });
}
