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
  covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope bit_and bit_or any_value
  percentile_cont percentile_disc mode rollup cube grouping
  ceil ceiling floor trunc mod div power sqrt cbrt exp ln log log10 pi degrees radians width_bucket greatest least
  concat concat_ws substr substring left right split_part strpos position btrim initcap char_length character_length
  octet_length starts_with ascii chr md5 replace translate reverse lpad rpad overlay
  regexp_replace regexp_match regexp_matches regexp_count regexp_like regexp_substr regexp_instr
  regexp_split_to_array regexp_split_to_table string_to_array array_to_string array_length array_lower array_upper
  array_ndims array_position array_positions array_remove array_append array_prepend array_cat cardinality unnest
  json_agg jsonb_agg json_object_agg jsonb_object_agg json_build_object jsonb_build_object json_build_array
  jsonb_build_array to_json to_jsonb json_array_length jsonb_array_length json_typeof jsonb_typeof
  json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text
  json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text
  json_object_keys jsonb_object_keys json_strip_nulls jsonb_strip_nulls
  date date_trunc date_part date_bin now age make_date make_time make_timestamp make_interval isfinite
  justify_days justify_hours justify_interval to_char to_date to_timestamp to_number timezone`);

const sqlite = words(`
  total group_concat string_agg ifnull iif instr substr substring typeof date time datetime julianday strftime unixepoch
  timediff replace char unicode concat concat_ws octet_length ceil ceiling floor trunc mod pow power sqrt exp ln log log10
  json json_array json_object json_group_array json_group_object json_extract json_array_length json_type json_valid`);

/** https://dev.mysql.com/doc/refman/8.4/en/built-in-function-reference.html */
const mysql = words(`
  any all some group_concat json_arrayagg json_objectagg std stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or
  ceil ceiling floor truncate mod pow power sqrt exp ln log log2 log10 pi degrees radians greatest least grouping any_value
  if ifnull isnull concat concat_ws substr substring substring_index mid left right locate position instr char_length
  character_length octet_length ascii ord reverse replace lpad rpad insert field find_in_set strcmp format md5
  regexp_like regexp_instr regexp_substr regexp_replace
  json_extract json_unquote json_value json_length json_type json_valid json_keys json_contains json_array json_object
  date time year quarter month week weekofyear yearweek day dayofmonth dayofweek dayofyear weekday dayname monthname hour
  minute second microsecond date_format time_format str_to_date date_add date_sub adddate subdate addtime subtime datediff
  timediff timestampdiff timestampadd timestamp makedate maketime last_day to_days from_days unix_timestamp from_unixtime
  sec_to_time time_to_sec extract now curdate curtime current_date current_time current_timestamp utc_date utc_time
  utc_timestamp localtime localtimestamp`);

export const functionNames: Record<Dialect, ReadonlySet<string>> = {
  postgresql: new Set([...common, ...postgresql]),
  sqlite: new Set([...common, ...sqlite]),
  mysql: new Set([...common, ...mysql]),
};

/** Functions that a SELECT may read from, and the columns that they give: a row for each element of what they are handed. */
export const rowFunctions: Record<Dialect, Readonly<Record<string, string[]>>> = {
  postgresql: {
    unnest: ['unnest'],
    regexp_split_to_table: ['regexp_split_to_table'],
    json_array_elements: ['value'],
    json_array_elements_text: ['value'],
    jsonb_array_elements: ['value'],
    jsonb_array_elements_text: ['value'],
    json_each: ['key', 'value'],
    json_each_text: ['key', 'value'],
    jsonb_each: ['key', 'value'],
    jsonb_each_text: ['key', 'value'],
  },
  sqlite: { json_each: ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path'] },
  mysql: {},
};

/** Types that a cast may name; one to `regclass` would reveal tables that are not in the schema. */
export const types: ReadonlySet<string> = new Set([
  ...words(`text varchar char bpchar int integer smallint bigint int2 int4 int8 numeric decimal real float float4 float8
    date time timestamp timestamptz interval boolean bool uuid json jsonb
    signed unsigned datetime`),
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
