import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { layoutOf } from '../state/layout.js';
import { databaseFolderOf } from '../state/work-folders.js';
import { afterwards, temporaryFolder } from './platform.test.helper.js';

/** The folder of a platform whose databases are deleted with it: root's are elsewhere. */
export async function folderWithDatabases(): Promise<string> {
  const directory = await temporaryFolder();
  afterwards(() => rm(databaseFolderOf(layoutOf(directory)), { recursive: true, force: true }));
  return directory;
}

const pg = JSON.stringify(createRequire(import.meta.url).resolve('pg'));

/** Connects as a careful app does on App Platform: by TLS, with the authority in CA_CERT. */
const connected = `
  import { createRequire } from 'node:module';
  const { Client } = createRequire(import.meta.url)(${pg});
  const url = new URL(process.env.DATABASE_URL);
  url.search = '';
  const client = new Client({ connectionString: url.href, ssl: { ca: process.env.CA_CERT } });
  await client.connect();
`;

/** A job that runs one statement, and prints its URL, as no job should. */
export function migration(statement: string): string {
  return `${connected}
    console.log('migrating ' + process.env.DATABASE_URL);
    await client.query(${JSON.stringify(statement)});
    await client.end();
  `;
}

/** A service that answers `/rows` with what a statement finds, as JSON. */
export function queryService(statement: string): string {
  return `${connected}
    import { createServer } from 'node:http';
    client.on('error', () => process.exit(1));
    createServer(async ({ url }, response) => {
      if (url !== '/rows') return void response.end('healthy');
      const { rows } = await client.query(${JSON.stringify(statement)});
      response.end(JSON.stringify(rows));
    }).listen(process.env.PORT);
  `;
}
