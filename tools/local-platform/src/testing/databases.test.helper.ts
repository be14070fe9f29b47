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

const mysql = JSON.stringify(createRequire(import.meta.url).resolve('mysql2/promise'));

/** Services that count in their database how often they are asked; the URL of the database is in DATABASE_URL. */
export const countingServices = {
  PG: counting(`${connected}
    await client.query('CREATE TABLE IF NOT EXISTS calls ()');
    client.on('error', () => process.exit(1));
    const count = async () => {
      await client.query('INSERT INTO calls DEFAULT VALUES');
      return Number((await client.query('SELECT count(*) FROM calls')).rows[0].count);
    };
  `),
  MYSQL: counting(`
    import { createRequire } from 'node:module';
    const { createConnection } = createRequire(import.meta.url)(${mysql});
    const url = new URL(process.env.DATABASE_URL);
    url.search = '';
    const client = await createConnection({ uri: url.href, ssl: { ca: process.env.CA_CERT } });
    await client.query('CREATE TABLE IF NOT EXISTS calls (id INT)');
    client.on('error', () => process.exit(1));
    const count = async () => {
      await client.query('INSERT INTO calls VALUES (1)');
      return (await client.query('SELECT count(*) AS n FROM calls'))[0][0].n;
    };
  `),
  /** Verifies the certificate without CA_CERT, as apps do on App Platform. */
  VALKEY: counting(`
    import { connect } from 'node:tls';
    import { once } from 'node:events';
    const { protocol, hostname, port, username, password } = new URL(process.env.DATABASE_URL);
    if (protocol !== 'rediss:') throw new Error(protocol);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('close', () => process.exit(1));
    await once(socket, 'secureConnect');
    const command = async (line) => {
      socket.write(line + '\\r\\n');
      return (await once(socket, 'data')).toString();
    };
    const answer = await command('AUTH ' + username + ' ' + password);
    if (answer !== '+OK\\r\\n') throw new Error(answer);
    const count = async () => Number((await command('INCR calls')).slice(1));
  `),
};

function counting(source: string): string {
  return `${source}
    import { createServer } from 'node:http';
    createServer(async ({ url }, response) => {
      response.end(url === '/count' ? JSON.stringify({ count: await count(), url: process.env.DATABASE_URL }) : 'healthy');
    }).listen(process.env.PORT);
  `;
}
