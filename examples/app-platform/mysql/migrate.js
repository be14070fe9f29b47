import mysql from 'mysql2/promise';

const url = new URL(process.env.DATABASE_URL);
const database = await mysql.createConnection({
  host: url.hostname,
  port: Number(url.port),
  user: url.username,
  password: decodeURIComponent(url.password),
  database: url.pathname.slice(1),
});
await database.query('CREATE TABLE IF NOT EXISTS editions (id INT AUTO_INCREMENT PRIMARY KEY, name TEXT)');
await database.query('INSERT INTO editions (name) VALUES (?)', ['edition 1']);
await database.end();
