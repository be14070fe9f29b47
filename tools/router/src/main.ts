import { readFile } from 'node:fs/promises';
import { readConfig, type RouterConfig } from './config.js';
import { openRouter, type Router } from './router.js';

/** Ends before the 120 s between SIGTERM and SIGKILL that App Platform gives by default. */
const finishMs = 110_000;

/** How often counts and the verdict are written to the log, while there are requests. */
const stateMs = 10_000;

try {
  await main(process.env);
} catch (error) {
  log('failed', { message: (error as Error).message });
  process.exitCode = 1;
}

/** @throws Error that names the variable which is missing or wrong. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const secret = env['ROUTER_SECRET'];
  if (!secret || secret.length < 16)
    throw new Error('ROUTER_SECRET: expected a secret of at least 16 characters.');
  const port = Number(env['PORT'] ?? 8080);
  // A platform sets PORT, and must reach the container.
  const host = env['HOST'] ?? (env['PORT'] === undefined ? '127.0.0.1' : '0.0.0.0');
  const router = await openRouter(await configOf(env), { port, host, secret, log });
  log('listening', { host, port: router.port });
  process.on('SIGHUP', () => void reconfigure(router, env));
  process.once('SIGTERM', () => void stop(router));
  writeState(router);
}

async function configOf(env: NodeJS.ProcessEnv): Promise<RouterConfig> {
  const file = env['ROUTER_CONFIG_FILE'];
  if (file !== undefined) return readConfig(await readFile(file, 'utf8'), file);
  const text = env['ROUTER_CONFIG'];
  if (text === undefined)
    throw new Error('Set ROUTER_CONFIG to the configuration, or ROUTER_CONFIG_FILE to its file.');
  return readConfig(text, 'ROUTER_CONFIG');
}

/** What is wrong changes nothing. */
async function reconfigure(router: Router, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    router.configure(await configOf(env));
  } catch (error) {
    log('not configured', { message: (error as Error).message });
  }
}

async function stop(router: Router): Promise<void> {
  log('stopping', {});
  await router.finish(finishMs);
  log('state', loggedOf(router));
  process.exit(0);
}

function writeState(router: Router): void {
  let last = 0;
  setInterval(() => {
    const state = loggedOf(router);
    const requests = state.variants.live.requests + state.variants.canary.requests;
    if (requests !== last) log('state', state);
    last = requests;
  }, stateMs).unref();
}

/** The log has its own history: one line after the other. */
function loggedOf({ state: { history: _, ...state } }: Router): Omit<Router['state'], 'history'> {
  return state;
}

function log(event: string, data: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...data })}\n`);
}
