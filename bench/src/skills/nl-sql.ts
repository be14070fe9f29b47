import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import initSqlJs, { type Database } from 'sql.js';
import { table } from '../support/report.js';
import { median } from '../support/statistics.js';
import { measureDdl } from './nl-sql/ddl.js';
import { type Asked, harbour, questions, tables } from './nl-sql/questions.js';
import { askRival, installRival, rival } from './nl-sql/rival.js';
import { measureSpider } from './nl-sql/spider.js';
import { peakMemory, type Service, underLoad, withService } from './service.js';

/** For the memory under load: so many questions, so many of them at once. */
const load = { requests: 40, atOnce: 4 };

type Rows = unknown[][];

/** Rows, or why there are none. */
type Answer = { rows: Rows } | { refused: string };

/**
 * nl-sql's templates beside a tool from PyPI that also runs without a model: the same questions about the same database, the rows
 * compared with those of a person's query.
 * @returns lines of Markdown
 */
export async function measureNlSql(signal: AbortSignal): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-nl-sql-'));
  const { Database } = await initSqlJs();
  const database = new Database();
  try {
    database.run(harbour);
    const file = join(folder, 'harbour.db');
    await writeFile(file, database.export());
    const hasRival = await installRival(folder, signal);
    const asked = questions.map(({ question }) => question);
    const written = hasRival ? await askRival(folder, { tables, questions: asked }, signal) : undefined;
    const theirs = written?.map((sql) => runRival(database, sql));
    return await withService(
      'nl-sql',
      { DATABASE_URL_HARBOUR: `sqlite:${file}` },
      signal,
      async (service) => {
        const own = await askSkill(service);
        await underLoad(load.requests, load.atOnce, (n) => askOne(service, asked[n % asked.length] ?? ''));
        const memory = await peakMemory(service, `${load.requests} questions, ${load.atOnce} at once`);
        return [
          ...describe(database, own, theirs),
          '',
          memory,
          '',
          ...(await measureDdl(service)),
          '',
          ...(await measureSpider(service, hasRival ? folder : undefined, signal)),
        ];
      },
    );
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Timed {
  answer: Answer;
  ms: number;
}

async function askSkill(service: Service): Promise<Timed[]> {
  const answers: Timed[] = [];
  for (const { question } of questions) answers.push(await askOne(service, question));
  return answers;
}

async function askOne(service: Service, question: string): Promise<Timed> {
  const since = performance.now();
  const { output, error } = await service.invoke<{ rows: Rows }>({ question, database: 'harbour' });
  const ms = performance.now() - since;
  if (output) return { answer: { rows: output.rows }, ms };
  if (error?.code === 'question_not_understood') return { answer: { refused: error.message }, ms };
  throw new Error(`nl-sql failed on "${question}": ${error?.message}`);
}

function runRival(database: Database, sql: string | null): Answer {
  if (sql === null) return { refused: 'not understood' };
  try {
    return { rows: rowsOf(database, sql) };
  } catch (error) {
    return { refused: `its query does not run: ${String(error)}` };
  }
}

function rowsOf(database: Database, sql: string): Rows {
  return database.exec(sql)[0]?.values ?? [];
}

type Verdict = 'right' | 'wrong' | 'refused' | 'rightly refused';

function verdictOf(database: Database, { sql }: Asked, answer: Answer): Verdict {
  if ('refused' in answer) return sql === undefined ? 'rightly refused' : 'refused';
  if (sql === undefined) return 'wrong';
  const expected = rowsOf(database, sql);
  return sameRows(expected, answer.rows, /ORDER BY/.test(sql)) ? 'right' : 'wrong';
}

/** Without an order in the person's query, rows may come in any. */
function sameRows(expected: Rows, found: Rows, isOrdered: boolean): boolean {
  const [one, other] = [expected, found].map((rows) => {
    const lines = rows.map((row) => JSON.stringify(row));
    return (isOrdered ? lines : lines.sort()).join('\n');
  });
  return one === other;
}

function describe(database: Database, own: Timed[], theirs: Answer[] | undefined): string[] {
  const verdicts: Verdict[] = ['right', 'wrong', 'refused', 'rightly refused'];
  const row = (name: string, answers: Answer[]) => {
    const found = questions.map((asked, i) => verdictOf(database, asked, answers[i] ?? { refused: '' }));
    return [name, ...verdicts.map((verdict) => String(found.filter((one) => one === verdict).length))];
  };
  const rows = [
    row(
      'nl-sql, templates',
      own.map(({ answer }) => answer),
    ),
    ...(theirs ? [row(`${rival.name} ${rival.version}`, theirs)] : []),
  ];
  const compared = theirs ? '' : ` ${rival.name} could not be installed from PyPI, so it was left out.`;
  const milliseconds = median(own.map(({ ms }) => ms)).toFixed(1);
  return [
    '## nl-sql',
    '',
    table(['tool', ...verdicts], rows),
    '',
    `${questions.length} questions about a small SQLite database; an answer is right if its rows are those of a person's query, and a question without an answer in the tables is rightly refused.${compared} nl-sql answers over HTTP, the query run, in ${milliseconds} ms (median).`,
  ];
}
