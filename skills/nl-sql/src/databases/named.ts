import { SkillError } from '@odoobo/skill-kit';
import type { DataSource } from './source.js';
import { SqliteFile } from './sqlite/sqlite-file.js';
import type { SqliteThreads } from './sqlite/threads.js';

const prefix = 'DATABASE_URL_';

/**
 * The databases that the operator has named: DATABASE_URL_SHOP is called "shop". A request names one of them, and never an
 * address, so that no caller can send the skill to a server of their choice.
 */
export class NamedDatabases {
  readonly #sources = new Map<string, Promise<DataSource>>();

  constructor(
    readonly env: NodeJS.ProcessEnv,
    readonly threads: SqliteThreads,
  ) {}

  /** @throws SkillError 404 for a name that is not configured, 500 for an address that cannot be used */
  get(name: string): Promise<DataSource> {
    const known = this.#sources.get(name);
    if (known) return known;
    const source = this.#open(name);
    this.#sources.set(name, source);
    // A database that cannot be opened is not kept, or unconfigured names would pile up.
    source.catch(() => this.#sources.delete(name));
    return source;
  }

  async #open(name: string): Promise<DataSource> {
    const variable = `${prefix}${name.toUpperCase()}`;
    const address = this.env[variable];
    if (!address) throw this.#unknown(name, variable);
    if (/^postgres(?:ql)?:\/\//.test(address)) {
      const { PostgresSource } = await import('./postgres.js');
      const certificate = this.env[`DATABASE_CA_CERT_${name.toUpperCase()}`];
      return new PostgresSource(name, address, { certificate });
    }
    if (/^(?:mysql|mariadb):\/\//.test(address)) {
      const { MysqlSource } = await import('./mysql/mysql.js');
      return new MysqlSource(name, address, {
        certificate: this.env[`DATABASE_CA_CERT_${name.toUpperCase()}`],
      });
    }
    if (address.startsWith('sqlite:'))
      return new SqliteFile(name, address.slice('sqlite:'.length), this.threads);
    // The address may hold a password, so it is not shown.
    throw new SkillError(
      500,
      'misconfigured',
      `${variable} is not a supported address. Set it to postgresql://..., mysql://... or sqlite:<file>.`,
    );
  }

  #unknown(name: string, variable: string): SkillError {
    const names = Object.keys(this.env)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length).toLowerCase());
    const known = names.length > 0 ? `Available: ${names.sort().join(', ')}.` : 'None is configured.';
    const message = `There is no database "${name}". ${known} An operator adds it with ${variable}.`;
    return new SkillError(404, 'unknown_database', message);
  }
}
