import { dirname, join } from 'node:path';
import { findProgram, versionOf } from './programs.js';

/** Which of the two servers that speak MySQL's protocol: data of one is of no use to the other. */
export type MysqlFlavour = 'mariadb' | 'mysql';

export interface MysqlPrograms {
  flavour: MysqlFlavour;
  /** For people: `MariaDB 10.11`. */
  title: string;
  server: string;
  /** Makes the tables of an empty server in a folder, which has an absolute path. */
  initialise(data: string): readonly string[];
}

/** What a person does who has neither. */
export const installMysql =
  'Install one (Debian and Ubuntu: apt install mariadb-server; macOS: brew install mariadb, or mysql).';

/** Where Homebrew puts them. */
const folders = ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((parent) =>
  ['mariadb', 'mysql'].map((name) => join(parent, name, 'bin')),
);

/**
 * The server of this machine: MySQL where there is one, else MariaDB.
 * @param flavour the one that is needed, if it matters
 */
export async function installedMysql(flavour?: MysqlFlavour): Promise<MysqlPrograms | undefined> {
  const found = [await findProgram(['mysqld'], folders), await findProgram(['mariadbd'], folders)];
  const all = await Promise.all(found.map((server) => server && programsOf(server)));
  return all.find((one) => one && (flavour === undefined || one.flavour === flavour)) || undefined;
}

/** `mysqld` may be either. Both name their version after `Ver`. */
async function programsOf(server: string): Promise<MysqlPrograms | undefined> {
  const text = await versionOf(server);
  const version = /Ver (\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) return undefined;
  return text.includes('MariaDB') ? mariadb(server, version) : mysql(server, version);
}

/** https://mariadb.com/kb/en/mariadb-install-db/ */
async function mariadb(server: string, version: string): Promise<MysqlPrograms | undefined> {
  const installer = await findProgram(
    ['mariadb-install-db', 'mysql_install_db'],
    [dirname(server), ...folders],
  );
  if (installer === undefined) return undefined;
  const options = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  return {
    flavour: 'mariadb',
    title: `MariaDB ${version}`,
    server,
    initialise: (data) => [installer, '--no-defaults', `--datadir=${data}`, ...options],
  };
}

/** https://dev.mysql.com/doc/refman/8.4/en/data-directory-initialization.html */
function mysql(server: string, version: string): MysqlPrograms {
  return {
    flavour: 'mysql',
    title: `MySQL ${version}`,
    server,
    initialise: (data) => [server, '--no-defaults', '--initialize-insecure', `--datadir=${data}`],
  };
}
