import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import initSqlJs, { type Database } from 'sql.js';
import { table } from '../support/report.js';
import { median } from '../support/statistics.js';
import { type Asked, harbour, questions, tables } from './nl-sql/questions.js';

const run = promisify(execFile);
const here = join(import.meta.dirname, '../../src/skills/nl-sql');
const repository = join(import.meta.dirname, '../../..');

/** Works by rules as the templates do; other tools of its kind call a model, or run on Python 2 only. */
const rival = { name: 'text2sql-lite', version: '0.4.0' };

/** For the memory under load: so many questions, so many of them at once. */
const load = { requests: 200, atOnce: 8 };

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
  const processes: ChildProcess[] = [];
  const { Database } = await initSqlJs();
  const database = new Database();
  try {
    database.run(harbour);
    await writeFile(join(folder, 'harbour.db'), database.export());
    await run('npx', ['nx', 'build', 'nl-sql'], { cwd: repository, signal });
    const skill = await startSkill(join(folder, 'harbour.db'), processes);
    const own = await askSkill(skill, signal);
    const memory = await memoryUnderLoad(skill, signal);
    const written = await askRival(folder, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    });
    const theirs = written instanceof Error ? undefined : written.map((sql) => runRival(database, sql));
    return describe(database, own, theirs, memory);
  } finally {
    for (const child of processes) child.kill();
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Skill {
  url: string;
  pid: number;
}

async function startSkill(file: string, processes: ChildProcess[]): Promise<Skill> {
  const bundle = join(repository, 'skills/nl-sql/dist/bundle/main.mjs');
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL_HARBOUR: `sqlite:${file}`,
  };
  const child = spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, pid: child.pid ?? 0 };
  }
  throw new Error('nl-sql ended before it listened.');
}

interface Reply {
  output?: { rows: Rows };
  error?: { code: string; message: string };
}

interface Timed {
  answer: Answer;
  ms: number;
}

async function askSkill(skill: Skill, signal: AbortSignal): Promise<Timed[]> {
  const answers: Timed[] = [];
  for (const { question } of questions) answers.push(await askOne(skill, question, signal));
  return answers;
}

async function askOne({ url }: Skill, question: string, signal: AbortSignal): Promise<Timed> {
  const since = performance.now();
  const response = await fetch(`${url}/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: { question, database: 'harbour' } }),
    signal,
  });
  const { output, error } = (await response.json()) as Reply;
  const ms = performance.now() - since;
  if (output) return { answer: { rows: output.rows }, ms };
  if (error?.code === 'question_not_understood') return { answer: { refused: error.message }, ms };
  throw new Error(`nl-sql failed on "${question}": ${error?.message ?? response.status}`);
}

/** Resident memory in MiB after the load; undefined where the system does not show it. */
async function memoryUnderLoad(skill: Skill, signal: AbortSignal): Promise<number | undefined> {
  for (let sent = 0; sent < load.requests; sent += load.atOnce) {
    const batch = Array.from({ length: load.atOnce }, (_, i) => questions[(sent + i) % questions.length]);
    await Promise.all(batch.map((asked) => askOne(skill, asked?.question ?? '', signal)));
  }
  const status = await readFile(`/proc/${skill.pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** @returns the query for each question, or null where it refuses */
async function askRival(folder: string, signal: AbortSignal): Promise<(string | null)[]> {
  await run('python3', ['-m', 'venv', 'venv'], { cwd: folder, signal });
  const pip = ['-m', 'pip', '-q', 'install', '--no-deps', `${rival.name}==${rival.version}`];
  await run('venv/bin/python', pip, { cwd: folder, signal });
  const asked = run('venv/bin/python', [join(here, 'rival.py')], { cwd: folder, signal });
  asked.child.stdin?.end(JSON.stringify({ tables, questions: questions.map(({ question }) => question) }));
  return JSON.parse((await asked).stdout) as (string | null)[];
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

function describe(
  database: Database,
  own: Timed[],
  theirs: Answer[] | undefined,
  memory: number | undefined,
): string[] {
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
  const used =
    memory === undefined
      ? ''
      : ` After ${load.requests} questions, ${load.atOnce} at once, it uses ${memory.toFixed(0)} MiB.`;
  return [
    '## nl-sql',
    '',
    table(['tool', ...verdicts], rows),
    '',
    `${questions.length} questions about a small SQLite database; an answer is right if its rows are those of a person's query, and a question without an answer in the tables is rightly refused.${compared} nl-sql answers over HTTP, the query run, in ${milliseconds} ms (median).${used}`,
  ];
}
