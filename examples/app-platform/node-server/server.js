import { createServer } from 'node:http';

createServer((_, response) => response.end('hello from node-server, edition 1')).listen(
  process.env.PORT ?? 8080,
);
