import { runner } from '@odoobo/machine/package-manager';
import { isAlive } from '@odoobo/machine/process';
import { type PlatformRecord, readPlatform } from '../start-stop/platform-record.js';

const callMs = 10_000;

/** The server of a folder, or undefined when none runs. */
export async function runningServer(directory: string): Promise<PlatformRecord | undefined> {
  const record = await readPlatform(directory);
  return record && (await isAlive(record.identity)) ? record : undefined;
}

/** @throws Error when no server runs. */
export async function requireServer(directory: string): Promise<PlatformRecord> {
  const record = await runningServer(directory);
  if (record) return record;
  throw new Error(`No local platform runs in ${directory}. Start it: ${runner} local-platform start`);
}

/** The server refused the call: a retry does not help. */
export class RefusedCall extends Error {
  override name = 'RefusedCall';
}

/** Reads from the API. @throws RefusedCall with what the server answered; Error when it did not. */
export async function getJson<T>({ url, token }: PlatformRecord, path: string): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(callMs),
  });
  const body = (await response.json()) as T & { message?: string };
  const message = body.message ?? `GET ${path}: ${response.status}`;
  if (response.status >= 500) throw new Error(message);
  if (!response.ok) throw new RefusedCall(message);
  return body;
}
