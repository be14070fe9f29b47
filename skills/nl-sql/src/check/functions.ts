import type { Dialect } from '../catalogue/database.js';

/**
 * Functions that read their arguments and nothing else. All others are refused: functions that wait, write, read files, open
 * connections, or reveal data of the server, and those that blow a short text up to a gigabyte.
 * PostgreSQL: https://www.postgresql.org/docs/current/functions.html. SQLite: https://www.sqlite.org/lang_corefunc.html.
 */
const common = words(`
  count sum avg min max coalesce nullif abs round lower upper length trim ltrim rtrim sign
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value exists`);

const postgresql = words(`
  any all some array_agg string_agg bool_and bool_or every stddev stddev_pop stddev_samp variance var_pop var_samp corr
  percentile_cont percentile_disc mode rollup cube grouping
  ceil ceiling floor trunc mod power sqrt ln greatest least
  concat concat_ws substr substring left right split_part strpos position btrim initcap char_length starts_with
  date date_trunc date_part now age make_date to_char to_date to_timestamp`);

const sqlite = words(`
  total group_concat string_agg ifnull iif instr substr substring typeof date time datetime julianday strftime unixepoch`);

export const functionNames: Record<Dialect, ReadonlySet<string>> = {
  postgresql: new Set([...common, ...postgresql]),
  sqlite: new Set([...common, ...sqlite]),
};

/** Types that a cast may name; one to `regclass` would reveal tables that are not in the schema. */
export const types: ReadonlySet<string> = new Set([
  ...words(`text varchar char bpchar int integer smallint bigint int2 int4 int8 numeric decimal real float float4 float8
    date time timestamp timestamptz interval boolean bool uuid`),
  'character varying',
  'double precision',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
]);

/** Words that are values. `current_user` and its like reveal data of the server. */
export const keywords: ReadonlySet<string> = new Set(
  words('current_date current_time current_timestamp localtime localtimestamp'),
);

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}
