/** Sources of small services. `version` tells one deployment's answers from another's. */

/** Answers `{version, pid, env}`, prints a line when it is up, and finishes what it is doing on SIGTERM. */
export function goodService(version: string): string {
  return `
    import { createServer } from 'node:http';
    const server = createServer((request, response) => {
      if (request.url === '/exit') process.exit(3);
      response.end(JSON.stringify({ version: '${version}', pid: process.pid, env: process.env }));
    });
    server.listen(process.env.PORT, process.env.HOST);
    console.log('${version} is up with ' + process.env.TOKEN);
    process.on('SIGTERM', () => server.close(() => process.exit(0)));
  `;
}

export const crashingService = `console.error('no database: ' + process.env.TOKEN); process.exit(7);`;

export const sickService = `
  import { createServer } from 'node:http';
  createServer((_, response) => { response.statusCode = 500; response.end(); }).listen(process.env.PORT, process.env.HOST);
`;

export const wrongPortService = `
  import { createServer } from 'node:http';
  createServer((_, response) => response.end()).listen(0, process.env.HOST);
`;

/** Accepts connections and never answers; ignores SIGTERM. */
export const hangingService = `
  import { createServer } from 'node:net';
  createServer(() => undefined).listen(process.env.PORT, process.env.HOST);
  process.on('SIGTERM', () => undefined);
`;

/** Never listens and never ends: its deployment stays under way as long as its health check allows. */
export const slowService = `setInterval(() => undefined, 1000);`;

/** Like `goodService`, but its `/alive` answers 500 once `/sicken` was called. */
export function mortalService(version: string): string {
  return `
    import { createServer } from 'node:http';
    let alive = true;
    const server = createServer((request, response) => {
      if (request.url === '/sicken') alive = false;
      if (request.url === '/alive' && !alive) response.statusCode = 500;
      response.end(JSON.stringify({ version: '${version}', pid: process.pid, env: process.env }));
    });
    server.listen(process.env.PORT, process.env.HOST ?? '127.0.0.1');
    console.log('${version} is up, process ' + process.pid);
    process.on('SIGTERM', () => process.exit(0));
  `;
}

/** A worker or job: appends `<its name> <what it does>` to the file in its variable LEDGER, then ends or goes on. */
export function ledgerKeeper(exit: number | 'never'): string {
  return `
    import { appendFileSync } from 'node:fs';
    const tell = (what) => appendFileSync(process.env.LEDGER, process.env.NAME + ' ' + what + '\\n');
    tell(process.pid);
    process.on('SIGTERM', () => { tell('TERM'); process.exit(0); });
    ${exit === 'never' ? 'setInterval(() => undefined, 1000);' : `console.log('done'); process.exit(${exit});`}
  `;
}
