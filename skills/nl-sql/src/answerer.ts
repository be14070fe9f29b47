import { SkillError } from '@odoobo/skill-kit';
import type { Database, Dialect } from './catalogue/database.js';
import { parseDdl } from './catalogue/ddl.js';
import { NamedDatabases } from './databases/named.js';
import type { DataSource } from './databases/source.js';
import { SqliteThreads } from './databases/sqlite/threads.js';
import { askModel } from './model/ask.js';
import { type ModelSettings, modelSettings } from './model/settings.js';
import type { CheckedQuery, Question } from './question.js';
import { includeForms } from './results/include.js';
import type { Input, Output } from './schema.js';
import { answerByTemplates } from './templates/answer.js';

/** What a question is about. Without `run` there is only a schema. */
interface Subject {
  dialect: Dialect;
  database: Database;
  run?: DataSource['run'];
}

/** Answers questions with the settings that `nlSqlSkill` names. */
export class Answerer {
  readonly #threads: SqliteThreads;
  readonly #databases: NamedDatabases;
  readonly #model: ModelSettings | undefined;

  constructor(env: NodeJS.ProcessEnv, bundle: URL) {
    this.#threads = new SqliteThreads(bundle);
    this.#databases = new NamedDatabases(env, this.#threads);
    this.#model = modelSettings(env);
  }

  /** @throws SkillError that says what to ask or to configure differently */
  async answer(input: Input, signal: AbortSignal): Promise<Output> {
    const model = this.#modelFor(input);
    const { dialect, database, run } = await this.#subjectOf(input, signal);
    const { question, limit, today = new Date().toISOString().slice(0, 10), include = [] } = input;
    const asked: Question = { question, dialect, today, limit };
    const finish = async (query: CheckedQuery): Promise<Output> => {
      const rows = await run?.(query.sql, signal);
      const engine = model ? 'model' : 'templates';
      return { ...query, engine, dialect, ...rows, ...(rows && includeForms(include, question, rows)) };
    };
    return model
      ? askModel(model, asked, database, signal, finish)
      : finish(answerByTemplates(asked, database));
  }

  async #subjectOf(input: Input, signal: AbortSignal): Promise<Subject> {
    const { schema = '', database: name, dialect = 'postgresql' } = input;
    if (name !== undefined) {
      const source = await this.#databases.get(name);
      const run: DataSource['run'] = (sql, within) => source.run(sql, within);
      return { dialect: source.dialect, database: await source.readTables(signal), run };
    }
    return { dialect, database: parseDdl(schema, dialect) };
  }

  /** The model to ask; undefined for the templates. */
  #modelFor({ engine }: Input): ModelSettings | undefined {
    if (engine === 'templates') return undefined;
    if (engine === undefined || this.#model) return this.#model;
    throw new SkillError(
      422,
      'no_model',
      'No language model is configured: omit "engine", or ask an operator to set MODEL_NAME and MODEL_ACCESS_KEY.',
      { details: [{ path: 'input/engine', message: 'no model is configured' }] },
    );
  }
}
