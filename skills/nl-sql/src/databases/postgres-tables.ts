import * as z from 'zod';

export const tableRowSchema = z.object({
  name: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  primary_key: z.array(z.string()),
  foreign_keys: z.array(z.object({ column: z.string(), table: z.string(), references: z.string() })),
});

/**
 * Tables and views that the role may read, each as one JSON text. Only those that their bare name means count
 * (pg_table_is_visible), without the server's own, extensions' and foreign ones, which lead out of this database, and without
 * partitions, whose rows are those of their table. A domain counts as the type below it.
 * https://www.postgresql.org/docs/current/catalog-pg-class.html
 */
export const readTablesSql = `
SELECT json_build_object(
  'name', c.relname,
  'columns', COALESCE((
    SELECT json_agg(json_build_object('name', a.attname, 'type', CASE y.typtype
      WHEN 'd' THEN format_type(y.typbasetype, y.typtypmod) ELSE format_type(a.atttypid, a.atttypmod)
    END) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege(c.oid, a.attnum, 'SELECT')
  ), '[]'),
  'primary_key', COALESCE((
    SELECT json_agg(a.attname)
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.conrelid = c.oid AND k.contype = 'p'
  ), '[]'),
  'foreign_keys', COALESCE((
    SELECT json_agg(json_build_object('column', a.attname, 'table', t.relname, 'references', b.attname))
    FROM pg_constraint k
    JOIN pg_class t ON t.oid = k.confrelid
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
    WHERE k.conrelid = c.oid AND k.contype = 'f' AND cardinality(k.conkey) = 1
      AND has_column_privilege(c.oid, a.attnum, 'SELECT') AND pg_table_is_visible(t.oid)
  ), '[]')
)::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND pg_table_is_visible(c.oid)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND has_any_column_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (
    SELECT 1 FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY c.relname
LIMIT 500`;
