import Redis from 'ioredis';
import { createServer } from 'node:http';

const queue = new Redis(process.env.QUEUE_URL);

createServer(async (_, response) => {
  await queue.lpush('orders', 'edition 1');
  response.end(`hello from valkey-worker, shipped: ${await queue.get('shipped')}`);
}).listen(process.env.PORT ?? 8080);
