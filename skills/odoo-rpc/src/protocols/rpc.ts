import { SkillError } from '@odoobo/skill-kit';
import type { Slot } from '../cache.js';
import type { MethodCall } from '../operations/method-call.js';
import type { Account, Called, Odoo } from './protocol.js';

/** Calls `service.method(*args)` in one of the two older protocols. */
export type ServiceCall = (
  service: 'common' | 'object' | 'db',
  method: string,
  args: unknown[],
) => Promise<unknown>;

/**
 * JSON-RPC and XML-RPC, which offer the same two services.
 * https://www.odoo.com/documentation/18.0/developer/reference/external_api.html
 */
export class RpcOdoo implements Odoo {
  constructor(
    private readonly account: Account,
    private readonly service: ServiceCall,
    private readonly remembered: Slot<number>,
    readonly hasNumericKeys: boolean,
  ) {}

  async authenticate(): Promise<number> {
    const { database, login, key } = this.account;
    const uid = await this.service('common', 'authenticate', [database, login, key, {}]);
    if (typeof uid === 'number') {
      this.remembered.set(uid);
      return uid;
    }
    this.remembered.delete();
    const message = `Odoo does not know login "${login}" with this key in "${database}".`;
    throw new SkillError(401, 'access_denied', message);
  }

  /** Authenticates once a session: Odoo checks the key of every call anyway. */
  async call(call: MethodCall): Promise<Called> {
    const known = this.remembered.get();
    const uid = known ?? (await this.authenticate());
    try {
      return await this.#execute(uid, call);
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.remembered.delete();
      if (known === undefined) throw error;
      // The database may have been replaced since. Odoo checks the account first, so the method has not run.
      const current = await this.authenticate();
      if (current === known) throw error;
      return this.#execute(current, call);
    }
  }

  async #execute(
    uid: number,
    { model, method, ids, parameters, byPlace, kwargs }: MethodCall,
  ): Promise<Called> {
    const { database, key, context } = this.account;
    const args = [...(ids ? [ids] : []), ...(byPlace ?? parameters.map(([, value]) => value))];
    const named = { ...kwargs, ...(context && { context }) };
    const call = [database, uid, key, model, method, args, named];
    const result = await this.service('object', 'execute_kw', call);
    return { result: result ?? null, uid };
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof SkillError && error.code === 'access_denied';
}
