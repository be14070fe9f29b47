import mysql from 'mysql2/promise';
import { createServer } from 'node:http';

const { DATABASE_HOST, DATABASE_PORT, DATABASE_USER, DATABASE_PASSWORD, DATABASE_NAME, DATABASE_CA } =
  process.env;
const database = mysql.createPool({
  host: DATABASE_HOST,
  port: Number(DATABASE_PORT),
  user: DATABASE_USER,
  password: DATABASE_PASSWORD,
  database: DATABASE_NAME,
  ssl: { ca: DATABASE_CA },
});

createServer(async (_, response) => {
  const [rows] = await database.query('SELECT * FROM editions ORDER BY id');
  response.end(`hello from mysql, ${rows.at(-1).name}, migrated ${rows.length} times`);
}).listen(process.env.PORT ?? 8080);
