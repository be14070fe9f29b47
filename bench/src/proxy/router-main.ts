import { openRouter, readConfig } from '@odoobo/router';

/** The router of a rollout, in its own process, with all that it does for each request. Arguments: its port, the port of the service. */
const [port, service] = process.argv.slice(2).map(Number);
const url = `http://127.0.0.1:${service}`;
const config = {
  rollout: 'bench',
  live: url,
  canary: url,
  weight: 10,
  matches: [{ to: 'canary', header: { name: 'x-try', value: 'canary' } }],
  verdict: { falseAborts: 0.01, maxFailures: 0.02, p95: { worseBy: 0.2 } },
};
// The two are one service. A verdict by chance would end the work that is measured.
await openRouter(readConfig(JSON.stringify({ ...config, routers: 250 }), 'bench'), {
  port: port ?? 0,
  secret: 'the secret of a benchmark',
});
process.on('SIGTERM', () => process.exit());
