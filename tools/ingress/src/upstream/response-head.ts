import { hopByHop, namedByConnection, withoutHeaders } from '../hop-by-hop.js';
import { NoAnswer } from './no-answer.js';

/** What a client sees of the head of an answer. */
export interface AnswerHead {
  status: number;
  /** Name, value, name, value, as they came, without what concerns one connection only. */
  headers: string[];
}

/** What comes before the body of a response. */
export interface ResponseHead extends AnswerHead {
  body: BodyLength;
  /** Whether the service will read another request on the connection. */
  reusable: boolean;
  /** How long the service says that it keeps an idle connection; 0 where it does not say. */
  idleMs: number;
}

/** Bytes, or how the end is marked. RFC 9112 section 6.3. */
export type BodyLength = number | 'chunked' | 'until close';

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\0\r\n]*)?$/;
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What node:http refuses to send on. */
const controls = /[^\t\x20-\x7e\x80-\xff]/;
const digits = /^\d{1,15}$/;

/** What the fields say about the connection and the body. */
interface Said {
  connection: string;
  keepAlive: string;
  length: string | undefined;
  coding: string | undefined;
}

/**
 * Reads the head of a response, strictly: what two readers could take for two things is refused.
 * @param text up to the empty line, one character a byte
 * @throws NoAnswer `malformed`
 */
export function parseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n');
  const [, minor, code] = statusLine.exec(lines[0] ?? '') ?? malformed(`its status line is "${lines[0]}"`);
  const headers: string[] = [];
  const said: Said = { connection: '', keepAlive: '', length: undefined, coding: undefined };
  for (let i = 1; i < lines.length; i++) readField(lines[i] as string, headers, said);
  const status = Number(code);
  const connection = said.connection.toLowerCase();
  const named = namedByConnection(connection || undefined);
  return {
    status,
    headers: passedOn(headers, named, !isBodiless(status)),
    body: bodyLength(method, status, minor === '1', said),
    reusable: minor === '1' && !/(?:^|[\s,])close(?:$|[\s,])/.test(connection),
    idleMs: 1000 * Number(/(?:^|[\s,])timeout=(\d{1,6})(?:$|[\s,])/i.exec(said.keepAlive)?.[1] ?? 0),
  };
}

/** RFC 9110 section 8.6: without a body there is no length, and that of a 304 is nothing that a cache may take over. */
function passedOn(headers: string[], named: ReadonlySet<string> | undefined, hasLength: boolean): string[] {
  if (!named && hasLength) return headers;
  return withoutHeaders(
    headers,
    (name) => named?.has(name) === true || (!hasLength && name === 'content-length'),
  );
}

function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

function readField(line: string, headers: string[], said: Said): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const value = trimmed(line, colon + 1);
  if (colon < 1 || !fieldName.test(name) || controls.test(value)) malformed('it has an invalid header line');
  const lower = name.toLowerCase();
  if (lower === 'content-length') said.length = once(said.length, value, lower);
  if (!hopByHop.has(lower)) headers.push(name, value);
  else if (lower === 'connection') said.connection += said.connection && value ? `,${value}` : value;
  else if (lower === 'keep-alive') said.keepAlive = value;
  else if (lower === 'transfer-encoding') said.coding = once(said.coding, value.toLowerCase(), lower);
}

/** Without spaces and tabs around it; `trim()` would take a byte of UTF-8 for a space. */
function trimmed(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (start < end && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function once(before: string | undefined, value: string, name: string): string {
  if (before !== undefined) malformed(`it has "${name}" twice`);
  return value;
}

function bodyLength(method: string, status: number, isNew: boolean, { length, coding }: Said): BodyLength {
  if (length !== undefined && (!digits.test(length) || coding !== undefined))
    malformed('its length is ambiguous');
  if (method === 'HEAD' || isBodiless(status)) return 0;
  if (coding !== undefined && (coding !== 'chunked' || !isNew))
    malformed(`its transfer coding is "${coding}"`);
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'until close' : Number(length);
}

function malformed(what: string): never {
  throw new NoAnswer('malformed', what);
}
