import { createServer } from 'node:http';

createServer((request, response) => response.end(`${request.url} of edition 1`)).listen(
  process.env.PORT ?? 8080,
);
