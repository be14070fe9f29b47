import { openIngress, type Ingress } from '../ingress/ingress.js';
import type { AppRecord } from '../state/app-record.js';
import type { Runtime } from './runtime.js';

/** The first port that an app's URL may get; the platform itself prefers the one before. */
const firstPort = 4101;
const lastPort = 19_999;

/**
 * Opens the URL of an app: on the port that it has had since its first deployment, else on the first free one, which it
 * then keeps. Should another program have taken the port meanwhile, the app gets a new one, with a warning.
 */
export async function openAppIngress(runtime: Runtime, app: AppRecord): Promise<Ingress> {
  const { name } = app.spec;
  if (app.port !== undefined) {
    const kept = await tryPort(app.port, name);
    if (kept) return kept;
    runtime.warn(`Port ${app.port} of app "${name}" is taken by another program; the app gets a new URL.`);
  }
  const ingress = await openFreePort(runtime, name);
  await runtime.store.update(app.id, (record) => ({ ...record, port: ingress.port }));
  return ingress;
}

async function openFreePort({ store }: Runtime, name: string): Promise<Ingress> {
  // An app whose port is not open at the moment still keeps it.
  const kept = new Set(store.list().map(({ port }) => port));
  for (let port = firstPort; port <= lastPort; port++) {
    const ingress = kept.has(port) ? undefined : await tryPort(port, name);
    if (ingress) return ingress;
  }
  throw new Error(`No port from ${firstPort} to ${lastPort} is free on 127.0.0.1 for app "${name}".`);
}

async function tryPort(port: number, app: string): Promise<Ingress | undefined> {
  try {
    return await openIngress({ port, app });
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code].some((one) => one === 'EADDRINUSE' || one === 'EACCES');
}
