import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

let report = 'nothing';

createServer(async (request, response) => {
  if (request.method === 'POST') report = await text(request);
  response.end(`hello from scheduled, edition 1, reported ${report}`);
}).listen(process.env.PORT ?? 8080);
