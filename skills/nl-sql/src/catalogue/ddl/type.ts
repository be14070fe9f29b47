import type { Dialect } from '../database.js';
import type { Cursor } from './cursor.js';

/** Words that begin a constraint or an option of a column, and so end its type. */
const after = new Set(
  `CONSTRAINT NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES GENERATED COLLATE DEFERRABLE INITIALLY`.split(
    ' ',
  ),
);
const afterBy: Record<Dialect, ReadonlySet<string>> = {
  postgresql: new Set([...after, 'STORAGE', 'COMPRESSION', 'OPTIONS']),
  sqlite: new Set([...after, 'AS', 'AUTOINCREMENT', 'ON']),
  mysql: new Set([
    ...after,
    ...`AS AUTO_INCREMENT CHARACTER CHARSET COLUMN_FORMAT COMMENT INVISIBLE KEY ON SRID STORAGE VIRTUAL VISIBLE`.split(
      ' ',
    ),
    ...`PERSISTENT STORED WITH WITHOUT FIRST AFTER COMPRESSED`.split(' '),
  ]),
};

/** PostgreSQL's types of several words, by the first. Any other type is one name. */
const continued: Record<string, string[][]> = {
  double: [['PRECISION']],
  character: [['VARYING']],
  char: [['VARYING']],
  national: [['CHARACTER', 'VARYING'], ['CHARACTER'], ['CHAR']],
  bit: [['VARYING']],
  interval: [
    ['YEAR', 'TO', 'MONTH'],
    ['DAY', 'TO', 'HOUR'],
    ['DAY', 'TO', 'MINUTE'],
    ['DAY', 'TO', 'SECOND'],
    ['HOUR', 'TO', 'MINUTE'],
    ['HOUR', 'TO', 'SECOND'],
    ['MINUTE', 'TO', 'SECOND'],
    ...['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'SECOND'].map((word) => [word]),
  ],
};
const zones = [
  ['WITH', 'TIME', 'ZONE'],
  ['WITHOUT', 'TIME', 'ZONE'],
];

/** Enough for every type; the values of an enum may be a text of any length, and the model gets the type. */
const longest = 100;

/** Reads the type of a column, such as "numeric(10,2)"; empty where SQLite has none. */
export function readType(cursor: Cursor, dialect: Dialect): string {
  const type = dialect === 'postgresql' ? postgresType(cursor) : wordsOf(cursor, dialect);
  if (cursor.token && !cursor.isAtAny(afterBy[dialect])) throw cursor.unexpected('a comma or a constraint');
  return type.slice(0, longest);
}

function postgresType(cursor: Cursor): string {
  const { name } = cursor.name();
  const words = [name, ...takeOneOf(cursor, continued[name] ?? [])];
  let type = words.join(' ');
  if (cursor.isAt('(')) type += bracketText(cursor);
  if (/^time(?:stamp)?\b/.test(name)) type = [type, ...takeOneOf(cursor, zones)].join(' ');
  while (cursor.isAt('[') || cursor.isAt('ARRAY')) {
    cursor.skip();
    while (cursor.token?.kind === 'number' || cursor.isAt('[')) cursor.skip();
    cursor.take(']');
    type += '[]';
  }
  return type;
}

function takeOneOf(cursor: Cursor, choices: string[][]): string[] {
  return (choices.find((words) => cursor.take(...words)) ?? []).map((word) => word.toLowerCase());
}

/** SQLite takes any words for a type, and MySQL's have attributes: `int(10) unsigned zerofill`. */
function wordsOf(cursor: Cursor, dialect: Dialect): string {
  let type = '';
  // CHARACTER begins a type, and behind one it begins CHARACTER SET.
  while (cursor.token && ((type === '' && cursor.isAt('CHARACTER')) || !cursor.isAtAny(afterBy[dialect]))) {
    if (cursor.isAt('(')) type += bracketText(cursor);
    else if (cursor.token.kind === 'sign') break;
    else type += `${type === '' ? '' : ' '}${cursor.skip().text}`;
  }
  return type;
}

function bracketText(cursor: Cursor): string {
  const parts = cursor.bracketed().map(({ tokens }) => tokens.map(textOf).join(''));
  return `(${parts.join(',')})`;
}

function textOf({ kind, text }: { kind: string; text: string }): string {
  return kind === 'string' ? `'${text}'` : text;
}
