import { createServer } from 'node:http';

createServer(async (_, response) => {
  const answer = await fetch(process.env.API_URL);
  response.end(`hello from monorepo, edition 1, with ${await answer.text()}`);
}).listen(process.env.PORT ?? 8080);
