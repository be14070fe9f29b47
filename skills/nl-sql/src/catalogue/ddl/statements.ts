import type { Dialect } from '../database.js';
import { Lexer, type Token, UnreadableDdl } from './tokens.js';

/** What a statement of a schema, a dump or a migration begins with; anything else is no SQL. */
const verbs = new Set(
  `ABORT ALTER ANALYZE ATTACH BEGIN CALL CHECK CHECKPOINT CHECKSUM CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DESC
  DESCRIBE DETACH DISCARD DO DROP END EXECUTE EXPLAIN FETCH FLUSH GRANT IF IMPORT INSERT INSTALL KILL LISTEN LOAD LOCK MERGE NOTIFY
  OPTIMIZE PRAGMA PREPARE PURGE REASSIGN REFRESH REINDEX RELEASE RENAME REPAIR REPLACE RESET RETURN REVOKE ROLLBACK SAVEPOINT SECURITY
  SELECT SET SHOW SIGNAL SOURCE START TABLE TRUNCATE UNINSTALL UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WITH XA`.split(
    /\s+/,
  ),
);

/** Splits a schema into statements. A `;` in brackets ends none, and neither do the client's commands (`\restrict`, `DELIMITER`). */
export function* statementsOf(ddl: string, dialect: Dialect): Generator<Token[]> {
  const lexer = new Lexer(ddl, dialect);
  let statement: Token[] = [];
  const open: Token[] = [];
  const routine = new Routine();
  for (let token = lexer.next(); token; token = lexer.next()) {
    if (statement.length === 0 && isBackslash(token)) lexer.skipLine();
    else if (statement.length === 0 && isDelimiter(token)) lexer.skipDelimited();
    else if (token.text === ';' && token.kind === 'sign' && open.length === 0 && !routine.isOpen) {
      yield* checked(statement);
      if (isCopyOfRows(statement)) lexer.skipRows();
      statement = [];
      routine.end();
    } else {
      keep(token, statement);
      routine.read(token, statement);
      countBrackets(token, open);
    }
  }
  const [unclosed] = open;
  yield* checked(statement);
  if (unclosed) throw new UnreadableDdl(unclosed.index, 'this bracket is not closed');
}

const creating = /^CREATE (?:.{0,200} )?(?:FUNCTION|PROCEDURE|TRIGGER|EVENT)$/;
/** Words that come between CREATE and what is created; a definer is a few signs more. */
const maxBefore = 14;

/** The body of a routine between BEGIN and END, whose statements are none of the schema. MySQL and SQLite write it without quotes. */
class Routine {
  #depth = 0;
  #last = '';
  #isRoutine = false;

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  read({ kind, text }: Token, statement: Token[]): void {
    const word = kind === 'word' ? text.toUpperCase() : '';
    if (!this.#isRoutine && word !== '' && statement.length <= maxBefore) {
      const words = statement.map((token) => token.text.toUpperCase()).join(' ');
      this.#isRoutine = creating.test(words);
    }
    if (!this.#isRoutine) return;
    const ended = this.#last === 'END';
    if (ended && /^(?:IF|LOOP|WHILE|REPEAT)$/.test(word)) this.#depth += 1;
    else if (word === 'BEGIN' || (word === 'CASE' && !ended && this.isOpen)) this.#depth += 1;
    else if (word === 'END' && this.isOpen) this.#depth -= 1;
    this.#last = word;
  }

  end(): void {
    this.#depth = 0;
    this.#last = '';
    this.#isRoutine = false;
  }
}

/** A table of as many columns as a database takes has fewer tokens. */
const maxTokens = 60_000;
const maxBrackets = 1_000;

/** Of a statement that creates nothing, such as an INSERT of all rows, the beginning is enough. */
function keep(token: Token, statement: Token[]): void {
  if (statement.length < maxTokens) statement.push(token);
  else if (/^(?:create|alter)$/i.test(statement[0]?.text ?? '')) {
    throw new UnreadableDdl(token.index, `this statement has more than ${maxTokens} words and signs`);
  }
}

function* checked(statement: Token[]): Generator<Token[]> {
  const [first] = statement;
  if (!first) return;
  if (first.kind !== 'word' || !verbs.has(first.text.toUpperCase())) {
    throw new UnreadableDdl(
      first.index,
      `no statement begins with ${JSON.stringify(first.text.slice(0, 40))}`,
    );
  }
  yield statement;
}

/** Commands of psql, such as the `\\restrict` that a dump begins with. */
function isBackslash({ kind, text }: Token): boolean {
  return kind === 'sign' && text === '\\';
}

/** A command of the mysql client. */
function isDelimiter({ kind, text }: Token): boolean {
  return kind === 'word' && text.toUpperCase() === 'DELIMITER';
}

function isCopyOfRows(statement: Token[]): boolean {
  const words = statement.map(({ text }) => text.toUpperCase());
  return words[0] === 'COPY' && words.some((word, i) => word === 'FROM' && words[i + 1] === 'STDIN');
}

function countBrackets(token: Token, open: Token[]): void {
  if (token.kind !== 'sign') return;
  if (open.length > maxBrackets)
    throw new UnreadableDdl(token.index, `more than ${maxBrackets} brackets are open`);
  if (token.text === '(') open.push(token);
  else if (token.text === ')') open.pop();
}
