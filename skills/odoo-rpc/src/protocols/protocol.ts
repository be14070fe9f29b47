import type { MethodCall } from '../operations/method-call.js';

/** Who calls, and where. */
export interface Account {
  database: string;
  login: string;
  key: string;
  context: Record<string, unknown> | undefined;
}

/** One Odoo as one user, in any protocol. */
export interface Odoo {
  /** Whether results may be objects with numbers as keys. */
  readonly hasNumericKeys: boolean;
  /** @throws SkillError 401 when database, login and key do not fit */
  authenticate(): Promise<number>;
  /** @throws SkillError for a fault of Odoo, as `faultError` types it */
  call(call: MethodCall): Promise<Called>;
}

export interface Called {
  result: unknown;
  uid?: number | undefined;
}
