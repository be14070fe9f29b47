import { createServer } from 'node:http';

const edition: string = 'edition 1';
createServer((_, response) => response.end(`hello from typescript, ${edition}`)).listen(
  process.env['PORT'] ?? 8080,
);
