import Redis from 'ioredis';

const queue = new Redis(process.env.QUEUE_URL);

for (;;) {
  const [, order] = await queue.brpop('orders', 0);
  await queue.set('shipped', order);
}
