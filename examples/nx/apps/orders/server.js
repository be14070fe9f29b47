import { createServer } from 'node:http';

const orders = [{ id: 7, total: 42 }];

createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  response.setHeader('content-type', 'application/json').end(JSON.stringify(orders));
}).listen(process.env.PORT);
