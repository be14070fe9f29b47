import { SkillError, withDeadline } from '@odoobo/skill-kit';
import type { Database } from '../catalogue/database.js';
import { checkSelect } from '../check/check.js';
import type { CheckedQuery, Question } from '../question.js';
import { complete, type Message } from './chat.js';
import { readDraft } from './draft.js';
import { firstMessages, refusal } from './prompt.js';
import type { ModelSettings } from './settings.js';

const maxQueries = 3;

/** Together with the time that a database may take it stays below the skill's own limit. */
export const modelDeadlineMs = 18_000;

/** The result of one answer of the model. */
type Outcome<T> = { result: T } | { problems: string[] };

/**
 * Lets a model write the query. Each one is checked, then handed to `tryOut`; one that is refused by either goes back to
 * the model with the reasons, up to three queries in all.
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
      if ('result' in outcome) return outcome.result;
      refused.push(outcome.problems.join('; '));
      messages.push(...again(said, outcome.problems));
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
  if (!draft) return { problems: ['the response is not a JSON object with "sql" and "explanation"'] };
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

function again(said: string, problems: string[]): Message[] {
  return [{ role: 'assistant', content: said.slice(0, 20_000) }, refusal(problems)];
}

function notAnswered(refused: string[]): SkillError {
  const message = `The model wrote no allowed query in ${refused.length} attempts. Rephrase the question, or set "engine": "templates".`;
  const details = refused.map((problems) => ({ path: 'input/question', message: `Refused: ${problems}` }));
  return new SkillError(422, 'no_safe_query', message, { details });
}
