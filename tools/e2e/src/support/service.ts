/** How a service of a test behaves. */
export interface Behaviour {
  /** What GET / answers. */
  says?: string;
  fault?: 'does-not-build' | 'crashes' | 'wrong-port' | 'answers-500' | 'hangs';
  /** It listens once this file is there. */
  startsWhen?: string;
  /** Prints all its variables when it starts. */
  printsEnvironment?: boolean;
}

/** The source of a service: plain Node, so that nothing but its behaviour is in it. */
export function serviceSource(behaviour: Behaviour): string {
  const first = behaviour.printsEnvironment ? 'console.log(process.env);\n' : '';
  return `${first}${sourceOf(behaviour)}`;
}

function sourceOf({ says = 'hello', fault, startsWhen }: Behaviour): string {
  if (fault === 'does-not-build') return `import { nothing } from './does-not-exist.js';\nnothing();\n`;
  if (fault === 'crashes') return `console.log('about to fail');\nthrow new Error('no database');\n`;
  return `import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const health = ${JSON.stringify(healthOf(fault))};
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/health') {
    if (health === 'hang') return;
    console.log('asked for health, answering ' + health);
    response.writeHead(health).end(JSON.stringify({ status: 'healthy', digest: process.env.SKILL_DIGEST }));
  } else if (pathname === '/environment') {
    response.end(JSON.stringify(process.env));
  } else {
    for await (const _ of request);
    await wait(Number(searchParams.get('wait') ?? 0));
    response.end(${JSON.stringify(says)});
  }
});
while (!existsSync(${JSON.stringify(startsWhen ?? '/')})) await wait(50);
server.listen(${fault === 'wrong-port' ? '0' : 'Number(process.env.PORT)'}, '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
}

function healthOf(fault: Behaviour['fault']): 200 | 500 | 'hang' {
  if (fault === 'answers-500') return 500;
  return fault === 'hangs' ? 'hang' : 200;
}
