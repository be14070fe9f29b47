import { randomInt } from 'node:crypto';
import type { AppAddress } from '../ingress-process/ingresses.js';
import type { AppRecord } from '../state/app-record.js';
import type { Runtime } from './runtime.js';

/** Below what freePort gives to services, and below the ports of outgoing connections. */
const lastPort = 19_999;
const anyFirstPort = { from: 10_000, to: 19_000 };

/** Ports that browsers and fetch refuse to call: https://fetch.spec.whatwg.org/#port-blocking, those that an app could get. */
const blockedPorts: ReadonlySet<number | undefined> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10_080,
]);

/**
 * Where the search for the ports of apps begins: right after the platform's own port, 4101 for the usual one. A platform
 * that did not get the port it wanted begins anywhere else, so that two on one machine do not take each other's ports
 * while one of them restarts.
 */
export function firstAppPort(wanted: number | undefined): number {
  if (wanted !== undefined && wanted > 0 && wanted < anyFirstPort.to) return wanted + 1;
  return randomInt(anyFirstPort.from, anyFirstPort.to);
}

/**
 * Opens the URL of an app: on the port that it has had since its first deployment, else on the first free one, which it
 * then keeps. Should another program have taken the port meanwhile, or browsers refuse it, the app gets a new one, with a warning.
 */
export async function openAppAddress(runtime: Runtime, app: AppRecord): Promise<AppAddress> {
  const { name } = app.spec;
  if (app.port !== undefined) {
    const isBlocked = blockedPorts.has(app.port);
    const kept = isBlocked ? undefined : await tryPort(runtime, app.port, name);
    if (kept) return kept;
    const reason = isBlocked ? 'refused by browsers' : 'taken by another program';
    runtime.warn(`Port ${app.port} of app "${name}" is ${reason}; the app gets a new URL.`);
  }
  const address = await openFreePort(runtime, name);
  await runtime.store.update(app.id, (record) => ({ ...record, port: address.port }));
  return address;
}

async function openFreePort(runtime: Runtime, name: string): Promise<AppAddress> {
  const { store, firstPort } = runtime;
  // An app whose port is not open at the moment still keeps it.
  const kept = new Set(store.list().map(({ port }) => port));
  for (let port = firstPort; port <= lastPort; port++) {
    if (kept.has(port) || blockedPorts.has(port)) continue;
    const address = await tryPort(runtime, port, name);
    if (address) return address;
  }
  throw new Error(`No port from ${firstPort} to ${lastPort} is free on 127.0.0.1 for app "${name}".`);
}

async function tryPort({ ingresses }: Runtime, port: number, app: string): Promise<AppAddress | undefined> {
  try {
    return await ingresses.open({ port, app });
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code].some((one) => one === 'EADDRINUSE' || one === 'EACCES');
}
