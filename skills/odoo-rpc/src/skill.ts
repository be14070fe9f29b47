import { defineSkill, SkillError, withDeadline } from '@odoobo/skill-kit';
import { callerUrl, type Reach, requireListed } from '@odoobo/skill-kit/outgoing';
import { askServer, callOdoo } from './call-odoo.js';
import { examples } from './examples.js';
import { Memory } from './memory.js';
import { inputSchema, outputSchema } from './schema.js';

/** Below the skill's own limit, so that the answer can say who was slow. */
const defaultOdooTimeoutMs = 25_000;

/** The skill with its settings: ODOO_ALLOWED_HOSTS and, as a default for `key`, ODOO_API_KEY. */
export function odooSkill(env: NodeJS.ProcessEnv, odooTimeoutMs = defaultOdooTimeoutMs) {
  const memory = new Memory();
  return defineSkill({
    // A file of 7.5 MB, in base64 and with its record.
    bodyLimit: 10 * 1024 * 1024,
    largeBodiesAtOnce: 2,
    input: inputSchema,
    output: outputSchema,
    examples,
    invoke: async (input, { signal, afterResponse }) => {
      const url = callerUrl(input.url, 'url');
      const reach = requireListed(url, { variable: 'ODOO_ALLOWED_HOSTS', value: env['ODOO_ALLOWED_HOSTS'] });
      const late = new SkillError(
        504,
        'timeout',
        `${url.host} did not respond within ${odooTimeoutMs / 1000} s.`,
      );
      return withDeadline(odooTimeoutMs, late, signal, async (timed) => {
        const target = { url, reach, memory, signal: timed, afterResponse };
        if (!('database' in input)) return askServer(input, target);
        return callOdoo(input, input.key ?? defaultKey(reach, env), target);
      });
    },
  });
}

/**
 * Anybody can open a database below a wildcard such as `*.odoo.com`, so the operator's key goes only to hosts that
 * the operator named in full.
 */
function defaultKey(reach: Reach, env: NodeJS.ProcessEnv): string {
  const key = env['ODOO_API_KEY'];
  if (key && reach === 'own-network') return key;
  const reason = key ? 'its own key is only for hosts listed by their full name' : 'it has no key of its own';
  throw new SkillError(400, 'key_missing', `Give a key: ${reason}.`, {
    details: [{ path: 'input/key', message: 'required' }],
  });
}

export const skill = odooSkill(process.env);
