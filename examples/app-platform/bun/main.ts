import ms from 'ms';

const answer: string = `hello from bun, edition 1, a day is ${ms('1 day')} ms`;
Bun.serve({ port: process.env.PORT ?? 8080, fetch: () => new Response(answer) });
