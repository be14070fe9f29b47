import { SkillError, withDeadline } from '@odoobo/skill-kit';
import type { Database } from '../catalogue/database.js';
import { checkSelect } from '../check/check.js';
import type { CheckedQuery, Question } from '../question.js';
import { complete } from './chat.js';
import { readDraft } from './draft.js';
import { firstMessages, refusal, unreadable, unreadableProblem } from './prompt.js';
import type { ModelSettings } from './settings.js';

const maxQueries = 3;

/** Together with the time that a database may take it stays below the skill's own limit. */
export const modelDeadlineMs = 18_000;

/** The result of one answer of the model; null when it has none that can be read. */
type Outcome<T> = { result: T } | { problems: string[] } | null;

/**
 * Lets a model write the query. Each one is checked, then handed to `tryOut`; one that is refused by either goes back to
 * the model with the reasons, up to three queries in all. What is no query goes back once, with the schema of an answer.
 * @throws SkillError 422 when no query passes or the question cannot be answered, 504 when the model takes too long
 */
export async function askModel<T>(
  settings: ModelSettings,
  question: Question,
  database: Database,
  signal: AbortSignal,
  tryOut: (query: CheckedQuery) => Promise<T>,
): Promise<T> {
  const messages = firstMessages(question, database);
  const refused: string[] = [];
  const expired = new SkillError(
    504,
    'model_timeout',
    `The model did not respond within ${modelDeadlineMs} ms.`,
  );
  return withDeadline(modelDeadlineMs, expired, signal, async (timed) => {
    while (refused.length < maxQueries) {
      const said = await complete(settings, messages, timed);
      const outcome = await judge(said, question, database, tryOut);
      if (outcome && 'result' in outcome) return outcome.result;
      const problem = outcome?.problems.join('; ') ?? unreadableProblem;
      const isAgain = !outcome && refused.includes(problem);
      refused.push(problem);
      if (isAgain) break;
      messages.push(
        { role: 'assistant', content: said.slice(0, 20_000) },
        outcome ? refusal(outcome.problems) : unreadable(),
      );
    }
    throw notAnswered(refused);
  });
}

async function judge<T>(
  said: string,
  { dialect, limit }: Question,
  database: Database,
  tryOut: (query: CheckedQuery) => Promise<T>,
): Promise<Outcome<T>> {
  const draft = readDraft(said);
  if (!draft) return null;
  const { sql, explanation } = draft;
  if (sql === null) {
    throw new SkillError(422, 'question_not_answerable', `The tables cannot answer this: ${explanation}`);
  }
  const { problems, tables } = checkSelect(sql, database, dialect, limit);
  if (problems.length > 0) return { problems };
  try {
    return { result: await tryOut({ sql, explanation, tables }) };
  } catch (error) {
    if (error instanceof SkillError && error.code === 'query_refused') return { problems: [error.message] };
    throw error;
  }
}

function notAnswered(refused: string[]): SkillError {
  const message = `The model wrote no allowed query in ${refused.length} attempts. Rephrase the question, or set "engine": "templates".`;
  const details = refused.map((problems) => ({ path: 'input/question', message: `Refused: ${problems}` }));
  return new SkillError(422, 'no_safe_query', message, { details });
}
