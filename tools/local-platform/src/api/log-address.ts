import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { ApiError } from '../errors/api-error.js';
import { equalInConstantTime } from '../http/guards.js';
import { logTypes } from '../logs/log-folder.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';

/** Stands for all components in the place of one. No component can have this name. */
export const allComponents = '-';

const placeSchema = z.object({
  app: z.string(),
  deployment: z.string(),
  component: z.string(),
  type: z.enum(logTypes),
});
/** Which log. */
export type LogPlace = z.infer<typeof placeSchema>;

const contentQuery = z.object({
  signature: z.string(),
  tail_lines: z.coerce.number().int().min(1).optional(),
  /** The last `position` that the client received from a live log, which continues after it. */
  position: z.string().optional(),
});

/** The address of the current text of a log. It needs no token: no one can guess its signature. */
export function historicAddress(context: ApiContext, place: LogPlace, tailLines: number | undefined): string {
  return signed(context, context.url(), pathTo(place), tailLines);
}

/**
 * The address of a live log: a WebSocket, with an http scheme as App Platform's has https. The official CLI (commands/apps.go)
 * turns http into ws, and everything else into wss.
 */
export function liveAddress(context: ApiContext, place: LogPlace, tailLines: number | undefined): string {
  return signed(context, context.url(), `${pathTo(place)}/live`, tailLines);
}

function signed(context: ApiContext, origin: string, path: string, tailLines: number | undefined): string {
  const address = new URL(`${origin}${path}`);
  address.searchParams.set('signature', sign(context, path));
  if (tailLines !== undefined) address.searchParams.set('tail_lines', String(tailLines));
  return address.href;
}

/**
 * Parses what an address asks for.
 * @throws ApiError 403 when the signature is not that of the path, 400 when something is missing
 */
export function openAddress(
  context: ApiContext,
  path: string,
  params: unknown,
  query: unknown,
): { place: LogPlace; tailLines: number | undefined; position: string | undefined } {
  const { signature, tail_lines: tailLines, position } = parseInput(contentQuery, query);
  if (!equalInConstantTime(signature, sign(context, path))) {
    throw new ApiError(403, 'The signature of this address is wrong. Ask the API for the logs again.');
  }
  return { place: parseInput(placeSchema, params), tailLines, position };
}

function pathTo({ app, deployment, component, type }: LogPlace): string {
  return `/logs/${app}/${deployment}/${component}/${type}`;
}

function sign({ token }: ApiContext, path: string): string {
  return createHmac('sha256', token).update(path).digest('hex');
}
