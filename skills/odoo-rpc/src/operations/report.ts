import { SkillError } from '@odoobo/skill-kit';
import type { GuardedAnswer } from '@odoobo/skill-kit/outgoing';
import * as z from 'zod';
import type { Slot } from '../cache.js';
import type { Connection } from '../connection.js';
import { unexpectedAnswer } from '../faults.js';
import { jsonRpcResult } from '../protocols/json-rpc.js';
import type { Account } from '../protocols/protocol.js';

const sessionSchema = z.object({ uid: z.union([z.int(), z.literal(false), z.null()]).optional() });

interface Asked {
  report: string;
  ids: number[];
}

/** A PDF, with its size in bytes. */
export interface Report {
  content_type: 'application/pdf';
  size: number;
  base64: string;
}

/**
 * Prints records. Since version 14 no method that a client may call returns a PDF, so it comes as the browser gets it: by
 * a web session, which is kept for the next report. ReportController in addons/web/controllers/report.py.
 * @throws SkillError 401 for a wrong account and a session that Odoo does not keep, 403, 404, 422 and 502 for the report
 */
export async function printReport(
  { report, ids }: Asked,
  account: Account,
  connection: Connection,
  remembered: Slot<string>,
): Promise<Report> {
  const { context } = account;
  const query = context && { context: JSON.stringify(context) };
  const fetchWith = (cookie: string) =>
    connection.get(`/report/pdf/${report}/${ids.join(',')}`, { cookie }, query);
  const known = remembered.get();
  let answer = await fetchWith(known ?? (await openSession(account, connection, remembered)));
  // Printing writes nothing that a second try could repeat: a session that has ended is refused before.
  if (known && isExpired(answer)) {
    answer = await fetchWith(await openSession(account, connection, remembered));
  }
  if (!isExpired(answer)) return pdfOf(answer, report);
  remembered.delete();
  const message = 'Odoo did not keep the session that it opened for this login.';
  throw new SkillError(401, 'session_expired', message);
}

/** @returns the cookie of the session */
async function openSession(
  account: Account,
  connection: Connection,
  remembered: Slot<string>,
): Promise<string> {
  const { database: db, login, key: password } = account;
  remembered.delete();
  let cookie: string | undefined;
  const path = '/web/session/authenticate';
  const opened = await jsonRpcResult(connection, path, { db, login, password }, password, ({ headers }) => {
    cookie = headers['set-cookie']?.map((line) => /^session_id=[^;]+/.exec(line)?.[0]).find(Boolean);
  });
  const { data } = sessionSchema.safeParse(opened);
  if (data?.uid && cookie) {
    remembered.set(cookie);
    return cookie;
  }
  const message = `Odoo opened no session for login "${login}" in "${db}". It needs the password, not an API key, of a user without second factor.`;
  throw new SkillError(401, 'access_denied', message);
}

/** A session that has ended leads to the login page. */
function isExpired({ status, headers: { location = '' } }: GuardedAnswer): boolean {
  return status >= 300 && status < 400 && location.includes('/web/login');
}

const refusals: Record<number, [status: number, code: string, reason: string]> = {
  400: [422, 'user_error', 'it refuses these records'],
  403: [403, 'access_error', 'the user may not print these records'],
  404: [404, 'missing_record', 'a record does not exist any more'],
};

const broken = [
  502,
  'odoo_error',
  'its log has the cause: an unknown report, or wkhtmltopdf is missing',
] as const;

function pdfOf({ url, status, headers, bytes }: GuardedAnswer, report: string): Report {
  const type = headers['content-type'] ?? '';
  if (
    status === 200 &&
    type.startsWith('application/pdf') &&
    bytes.subarray(0, 5).toString('latin1') === '%PDF-'
  ) {
    return { content_type: 'application/pdf', size: bytes.length, base64: bytes.toString('base64') };
  }
  if (status < 400)
    throw unexpectedAnswer(url, `returned ${status} and ${type || 'no content type'}, not a PDF`);
  const [as, code, reason] = refusals[status] ?? broken;
  throw new SkillError(as, code, `Odoo did not print ${report} (${status}): ${reason}.`);
}
