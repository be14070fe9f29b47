import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import type { Connection } from '../connection.js';
import { unexpectedResult } from '../faults.js';
import { jsonRpcResult } from '../protocols/json-rpc.js';
import type { ServiceCall } from '../protocols/rpc.js';

const versionInfo = z.array(z.union([z.string(), z.int()])).min(2);
const rpcVersionSchema = z.object({ server_version: z.string(), server_version_info: versionInfo });
const jsonVersionSchema = z.object({ version: z.string(), version_info: versionInfo });

/** The version of the server, in the same words for each protocol. */
export interface ServerVersion {
  version: string;
  /** Such as `18.0`, or `saas~18.2`. */
  series: string;
  version_info: (string | number)[];
}

/** What a server says to those who have no account. */
export interface ServerInfo {
  version(): Promise<ServerVersion>;
  /** @throws SkillError 403 when the server does not list them */
  databases(): Promise<string[]>;
}

/** By the services `common` and `db`: odoo/service/common.py and db.py. */
export function rpcInfo(service: ServiceCall): ServerInfo {
  return {
    async version() {
      const { data, error } = rpcVersionSchema.safeParse(await service('common', 'version', []));
      if (error) throw unexpectedResult('common.version', error);
      return serverVersion(data.server_version, data.server_version_info);
    },
    databases: () => listed(() => service('db', 'list', [])),
  };
}

/** By the routes of the web client, since JSON-2 has none for it: addons/rpc and addons/web. */
export function webInfo(connection: Connection): ServerInfo {
  return {
    async version() {
      const { text, status } = await connection.get('/json/version', {});
      const { data, error } = jsonVersionSchema.safeParse(status === 200 ? jsonOf(text) : undefined);
      if (error) throw unexpectedResult(`/json/version (${status}), which is there since Odoo 19`, error);
      return serverVersion(data.version, data.version_info);
    },
    databases: () => listed(() => jsonRpcResult(connection, '/web/database/list', {}, '')),
  };
}

function serverVersion(version: string, version_info: (string | number)[]): ServerVersion {
  return { version, series: version_info.slice(0, 2).join('.'), version_info };
}

async function listed(ask: () => Promise<unknown>): Promise<string[]> {
  try {
    const { data, error } = z.array(z.string()).safeParse(await ask());
    if (error) throw unexpectedResult('the list of databases', error);
    return data;
  } catch (error) {
    if (!(error instanceof SkillError) || error.code !== 'access_denied') throw error;
    const message = 'Odoo does not list its databases: its option list_db is off. Name the database.';
    throw new SkillError(403, 'databases_not_listed', message, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
