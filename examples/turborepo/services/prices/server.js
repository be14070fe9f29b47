import { createServer } from 'node:http';

const prices = { tea: 4, coffee: 6 };

createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  response.setHeader('content-type', 'application/json').end(JSON.stringify(prices));
}).listen(process.env.PORT);
