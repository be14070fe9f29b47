import { createServer } from 'node:http';

createServer(async (_, response) => {
  const prices = await fetch(process.env.PRICES_URL);
  response.end(`hello from internal, edition 1, ${await prices.text()}`);
}).listen(process.env.PORT ?? 8080);
