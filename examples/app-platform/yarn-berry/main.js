import ms from 'ms';
import { createServer } from 'node:http';

createServer((_, response) =>
  response.end(`hello from yarn-berry, edition 1, a day is ${ms('1 day')} ms`),
).listen(process.env.PORT ?? 8080);
