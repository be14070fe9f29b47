/**
 * What the bindable variables of a database stand for, such as `${db.HOSTNAME}`, by App Platform's names. A pool, as in
 * `${db.pool.HOSTNAME}`, has the same: here each leads to the server itself.
 * https://docs.digitalocean.com/products/app-platform/how-to/use-environment-variables/
 */
export type DatabaseValues = Readonly<Record<string, string>>;

/** What a component needs to use a database. */
export interface OpenDatabase {
  values: DatabaseValues;
  /** Variables that it gets unless its spec has its own. */
  environment: Readonly<Record<string, string>>;
}

/** By the name of the database in the spec. */
export type AppDatabases = ReadonlyMap<string, OpenDatabase>;

/** The values of a database that is reached by a URL, such as `postgresql://user:password@host:5432/name?sslmode=require`. */
export function valuesOf(url: URL, certificate = ''): DatabaseValues {
  const { protocol, hostname, port, pathname, username, password, searchParams } = url;
  const scheme = protocol.slice(0, -1);
  const jdbc = new URL(`${scheme === 'postgres' ? 'postgresql' : scheme}://${url.host}${pathname}`);
  const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  jdbc.search = new URLSearchParams({ ...login, ...Object.fromEntries(searchParams) }).toString();
  return {
    DATABASE_URL: url.href,
    JDBC_DATABASE_URL: `jdbc:${jdbc.href}`,
    HOSTNAME: hostname.replace(/^\[|\]$/g, ''),
    PORT: port || usualPorts[scheme] || '',
    USERNAME: login.user,
    PASSWORD: login.password,
    DATABASE: decodeURIComponent(pathname.slice(1)),
    CA_CERT: certificate,
  };
}

const usualPorts: Readonly<Record<string, string>> = {
  postgres: '5432',
  postgresql: '5432',
  mysql: '3306',
  redis: '6379',
  rediss: '6379',
  mongodb: '27017',
};
