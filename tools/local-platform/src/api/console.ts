import type { FastifyInstance } from 'fastify';
import { createHmac } from 'node:crypto';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import type { InstanceProcess } from '../deployments/progression.js';
import { findDeployment } from '../deployments/rollback.js';
import { ApiError, notHere } from '../errors/api-error.js';
import { equalInConstantTime } from '../http/guards.js';
import { openConsole } from '../process/console.js';
import type { AppRecord } from '../state/app-record.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput } from './input.js';
import { keepAlive } from './log-stream.js';

const askedQuery = z.object({ instance_name: z.string().optional() });
const addressQuery = z.object({ token: z.string() });
/** What the official CLI sends (commands/apps.go); an empty one keeps the connection open. */
const messageSchema = z.union([
  z.object({ op: z.literal('stdin'), data: z.string() }),
  z.object({
    op: z.literal('resize'),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
  }),
]);

/** Stands for the first instance in the place of one. */
const first = '-';
const addressForm = /^\/consoles\/(?<app>[^/]+)\/(?<component>[^/]+)\/(?<instance>[^/]+)$/;
/** How long an address may be opened: whoever has it runs commands. */
const validMs = 60_000;

/** GET .../exec: the address of a shell in a running component. */
export function consoleRoutes(server: FastifyInstance, context: ApiContext): void {
  const answer = (app: AppRecord, component: string, query: unknown) => {
    const { instance_name: instance } = parseInput(askedQuery, query);
    requireProcess(context, app, component, instance);
    return { url: addressOf(context, `/consoles/${app.id}/${component}/${instance ?? first}`) };
  };

  server.get<AppRoute<'component'>>('/v2/apps/:app/components/:component/exec', async ({ params, query }) =>
    answer(requireApp(context, params.app), params.component, query),
  );

  server.get<AppRoute<'deployment' | 'component'>>(
    '/v2/apps/:app/deployments/:deployment/components/:component/exec',
    async ({ params, query }) => {
      const app = requireApp(context, params.app);
      const { id, phase } = findDeployment(app, params.deployment);
      if (phase !== 'ACTIVE')
        throw new ApiError(400, `Deployment ${id} is ${phase}: only what is live has a console.`);
      return answer(app, params.component, query);
    },
  );
}

/**
 * Admits a client to a console, whose frames are `{"data": "what the terminal shows"}`.
 * @returns what serves it; undefined for the address of something else
 * @throws ApiError 403 for an address that is wrong or too old, 400 when nothing runs there
 */
export function consoleAt(
  context: ApiContext,
  path: string,
  query: unknown,
): ((client: WebSocket) => Promise<void>) | undefined {
  const { app: id = '', component = '', instance } = addressForm.exec(path)?.groups ?? {};
  if (id === '') return undefined;
  const { token } = parseInput(addressQuery, query);
  const [expires = ''] = token.split('.');
  if (Number(expires) < Date.now() || !equalInConstantTime(token, tokenOf(context, path, expires)))
    throw new ApiError(403, 'This address is wrong or too old. Ask the API for the console again.');
  const name = instance === first ? undefined : instance;
  const process = requireProcess(context, requireApp(context, id), component, name);
  return (client) => serve(client, process);
}

async function serve(client: WebSocket, process: InstanceProcess): Promise<void> {
  client.on('error', () => client.terminate());
  keepAlive(client);
  const print = (data: string): void => client.send(JSON.stringify({ data }));
  const early: string[] = [];
  client.on('message', (frame: Buffer) => void early.push(frame.toString()));
  try {
    const shell = await openConsole(process, print);
    const take = (frame: string): void => {
      const { data: message } = messageSchema.safeParse(parsed(frame));
      if (message?.op === 'stdin') shell.write(message.data);
      // A terminal of the wrong size is of use, too.
      if (message?.op === 'resize') void shell.resize(message.width, message.height).catch(() => undefined);
    };
    client.removeAllListeners('message').on('message', (frame: Buffer) => take(frame.toString()));
    for (const frame of early) take(frame);
    client.once('close', () => shell.end());
    if (client.readyState !== client.OPEN) shell.end();
    await shell.ended;
    client.close(1000);
  } catch (error) {
    client.close(1011, 'The shell could not be started.');
    throw error;
  }
}

function parsed(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}

function requireProcess(
  { progression }: ApiContext,
  app: AppRecord,
  component: string,
  instance: string | undefined,
): InstanceProcess {
  const found = progression.processOf(app, component, instance);
  if (!found) {
    const what =
      instance === undefined
        ? `no instance of "${component}"`
        : `no instance "${instance}" of "${component}"`;
    throw new ApiError(400, `There is ${what} that runs for app "${app.spec.name}".`);
  }
  if (found.inContainer)
    throw notHere('has no console for containers', 'Use the container engine: podman exec, docker exec.');
  if (process.platform !== 'linux') throw notHere('has a console on Linux only', 'Read the logs instead.');
  return found;
}

/** A WebSocket, whose scheme the official CLI does not change here. */
function addressOf(context: ApiContext, path: string): string {
  const address = new URL(`${context.url().replace(/^http/, 'ws')}${path}`);
  address.searchParams.set('token', tokenOf(context, path, String(Date.now() + validMs)));
  return address.href;
}

function tokenOf({ token }: ApiContext, path: string, expires: string): string {
  return `${expires}.${createHmac('sha256', token).update(`${expires} ${path}`).digest('hex')}`;
}
