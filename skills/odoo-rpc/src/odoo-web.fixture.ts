import type { IncomingMessage, ServerResponse } from 'node:http';
import { OdooException } from './odoo-model.fixture.js';

/** A PDF, as far as anybody looks at it here. */
export const pdf = Buffer.from('%PDF-1.4\n\xff\xfe binary\n%%EOF\n', 'latin1');

/** The sessions and reports of the web client: addons/web/controllers/session.py and report.py. */
export class OdooWeb {
  readonly #sessions = new Set<string>();
  #opened = 0;
  /** Whether sessions end at once. */
  forgetful = false;

  /** Ends all sessions, as Odoo does when they are old or the password changes. */
  expire(): void {
    this.#sessions.clear();
  }

  /** @returns the user, and the cookie of a session */
  authenticate(isUser: boolean): { uid: number; cookie: string } {
    if (!isUser) throw new OdooException('odoo.exceptions.AccessDenied', 'Access Denied');
    const sid = `sid-${++this.#opened}`;
    if (!this.forgetful) this.#sessions.add(sid);
    return { uid: 2, cookie: `session_id=${sid}; Expires=Mon, 06 Dec 2100 00:00:00 GMT; HttpOnly; Path=/` };
  }

  /** GET /report/pdf/<name>/<ids>. */
  report({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(url, 'http://odoo');
    const sid = /session_id=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
    if (!this.#sessions.has(sid)) {
      response.writeHead(303, { location: `/web/login?redirect=${encodeURIComponent(url)}` }).end();
      return;
    }
    const name = pathname.split('/').at(-2);
    if (name === 'demo.html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    else if (name === 'demo.forbidden') response.writeHead(403).end('<html>secret path');
    else if (name === 'demo.report') response.writeHead(200, { 'content-type': 'application/pdf' }).end(pdf);
    else response.writeHead(500).end('<html>secret path');
  }
}
