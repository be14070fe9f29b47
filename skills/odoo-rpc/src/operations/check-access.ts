import { SkillError } from '@odoobo/skill-kit';
import type { Called, Odoo } from '../protocols/protocol.js';

interface Asked {
  model: string;
  access: string;
  ids?: number[] | undefined;
}

/** Whether the user may read, write, create or delete, by the model's rights and the rules of the records. */
export async function checkAccess(odoo: Odoo, asked: Asked): Promise<Called> {
  const { model, access, ids = [] } = asked;
  try {
    return await odoo.call({
      model,
      method: 'has_access',
      ids,
      parameters: [['operation', access]],
      kwargs: {},
    });
  } catch (error) {
    if (isUnknownMethod(error)) return before18(odoo, asked);
    throw error;
  }
}

/** `has_access` came with version 18. The older methods are deprecated since. */
async function before18(odoo: Odoo, { model, access, ids }: Asked): Promise<Called> {
  const parameters: [string, unknown][] = [['operation', access]];
  const kwargs = { raise_exception: false };
  const rights = await odoo.call({ model, method: 'check_access_rights', parameters, kwargs });
  if (rights.result !== true || !ids) return { ...rights, result: rights.result === true };
  try {
    await odoo.call({ model, method: 'check_access_rule', ids, parameters, kwargs: {} });
    return { ...rights, result: true };
  } catch (error) {
    // The rule has let the call pass: it returns nothing, which XML-RPC cannot transfer.
    if (hasCode(error, 'result_not_marshallable')) return { ...rights, result: true };
    if (hasCode(error, 'access_error')) return { ...rights, result: false };
    throw error;
  }
}

/** A model without it, in the words of Python before version 19, and in Odoo's since. */
function isUnknownMethod(error: unknown): boolean {
  return (
    hasCode(error, 'invalid_call') && /has no attribute|does not exist/.test((error as SkillError).message)
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof SkillError && error.code === code;
}
