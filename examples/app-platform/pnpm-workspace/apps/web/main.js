import { greeting } from 'greeting';
import { createServer } from 'node:http';

createServer((_, response) => response.end(`${greeting} from pnpm-workspace, edition 1`)).listen(
  process.env.PORT ?? 8080,
);
