import { PGlite } from '@electric-sql/pglite';

let started: Promise<PGlite> | undefined;

/**
 * A PostgreSQL in this process, with an empty schema: the same one for all test files that a worker runs one after the other,
 * since to make its folder takes two seconds of the processor.
 */
export async function emptyPglite(): Promise<PGlite> {
  const database = await (started ??= PGlite.create({
    parsers: { 20: Number, 1700: Number, 1082: (text) => text },
  }));
  await database.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET TIME ZONE 'UTC'");
  return database;
}
