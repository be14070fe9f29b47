import { table } from '../../support/report.js';
import { median } from '../../support/statistics.js';
import type { Service } from '../service.js';

const calls = 30;
const dialects = ['postgresql', 'mysql', 'sqlite'];

const tables = Array.from(
  { length: 20 },
  (_, i) =>
    `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, name TEXT, total NUMERIC${i > 0 ? `, parent INTEGER REFERENCES t${i - 1} (id)` : ''});`,
).join('\n');

/** What a call costs that sends its schema as DDL, in each dialect. Each call has another schema, so that none is remembered. */
export async function measureDdl({ invoke }: Service): Promise<string[]> {
  const times = new Map<string, number[]>();
  for (let call = 0; call < calls; call++) {
    for (const dialect of dialects) {
      const schema = `${tables}\nCREATE TABLE more${call} (id INTEGER);`;
      const since = performance.now();
      const { error } = await invoke({ question: 'how many t3', schema, dialect, engine: 'templates' });
      if (error) throw new Error(`nl-sql does not read the DDL of ${dialect}: ${error.message}`);
      times.set(dialect, [...(times.get(dialect) ?? []), performance.now() - since]);
    }
  }
  const rows = [...times].map(([dialect, ms]) => [dialect, `${median(ms).toFixed(1)} ms`]);
  return [
    table(['DDL of 21 tables', 'a call'], rows),
    '',
    `Medians of ${calls} calls over HTTP, the dialects in turn.`,
  ];
}
