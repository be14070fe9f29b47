import { SkillError } from '@odoobo/skill-kit';
import type { MethodCall } from '../method-call.js';
import type { Account, Called, Odoo } from './protocol.js';

/** Calls `service.method(*args)` in one of the two older protocols. */
export type ServiceCall = (service: 'common' | 'object', method: string, args: unknown[]) => Promise<unknown>;

/**
 * JSON-RPC and XML-RPC, which offer the same two services.
 * https://www.odoo.com/documentation/18.0/developer/reference/external_api.html
 */
export class RpcOdoo implements Odoo {
  constructor(
    private readonly account: Account,
    private readonly service: ServiceCall,
  ) {}

  async authenticate(): Promise<number> {
    const { database, login, key } = this.account;
    const uid = await this.service('common', 'authenticate', [database, login, key, {}]);
    if (typeof uid === 'number') return uid;
    const message = `Odoo does not know login "${login}" with this key in "${database}".`;
    throw new SkillError(401, 'access_denied', message);
  }

  async call({ model, method, ids, parameters, kwargs }: MethodCall): Promise<Called> {
    const { database, key, context } = this.account;
    const uid = await this.authenticate();
    const args = [...(ids ? [ids] : []), ...parameters.map(([, value]) => value)];
    const named = { ...kwargs, ...(context && { context }) };
    const result = await this.service('object', 'execute_kw', [
      database,
      uid,
      key,
      model,
      method,
      args,
      named,
    ]);
    return { result: result ?? null, uid };
  }
}
