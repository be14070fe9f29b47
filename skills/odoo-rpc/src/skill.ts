import { defineSkill, SkillError } from '@odoobo/skill-kit';
import { permissionFor, type Permission } from './allowed-hosts.js';
import { callOdoo } from './odoo.js';
import { inputSchema, outputSchema, type Input } from './schema.js';

/** Below the skill's own limit, so that the answer can say who was slow. */
const ODOO_TIMEOUT_MS = 25_000;

/** The skill with its settings: ODOO_ALLOWED_HOSTS and, as a default for `key`, ODOO_API_KEY. */
export function odooSkill(env: NodeJS.ProcessEnv, odooTimeoutMs = ODOO_TIMEOUT_MS) {
  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    examples: [
      {
        title: 'The first two companies by name',
        input: {
          url: 'https://example.odoo.com',
          database: 'example',
          login: 'integration',
          key: 'an API key of that user',
          model: 'res.partner',
          method: 'search_read',
          args: [[['is_company', '=', true]]],
          kwargs: { fields: ['name'], limit: 2, order: 'name' },
        },
        output: {
          uid: 7,
          result: [
            { id: 14, name: 'Azure Interior' },
            { id: 10, name: 'Deco Addict' },
          ],
        },
      },
    ],
    invoke: async (input, { signal }) => {
      const url = urlOf(input);
      const permission = permissionFor(url, env['ODOO_ALLOWED_HOSTS']);
      const key = input.key ?? defaultKey(permission, env);
      return withTimeout(odooTimeoutMs, signal, (timed) => callOdoo({ ...input, key }, permission, timed));
    },
  });
}

/** A timer of our own: Node 20 collects an AbortSignal.timeout that only AbortSignal.any knows, and it never fires. */
async function withTimeout<T>(
  milliseconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expiry = new AbortController();
  const timer = setTimeout(
    () => expiry.abort(new DOMException('Odoo took too long', 'TimeoutError')),
    milliseconds,
  );
  try {
    return await work(AbortSignal.any([outer, expiry.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function urlOf({ url: text }: Input): URL {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return url;
  throw new SkillError(400, 'credentials_in_url', 'Give the login and key as fields, not inside the URL.');
}

/**
 * Anybody can open a database below a wildcard such as `*.odoo.com`, so the operator's key goes only to hosts that
 * the operator named in full.
 */
function defaultKey(permission: Permission, env: NodeJS.ProcessEnv): string {
  const key = env['ODOO_API_KEY'];
  if (key && permission === 'exact') return key;
  const reason = key ? 'its own key is only for hosts named in full' : 'it has no key of its own';
  throw new SkillError(400, 'key_missing', `Give a key: ${reason}.`, {
    details: [{ path: 'input/key', message: 'required' }],
  });
}

export const skill = odooSkill(process.env);
