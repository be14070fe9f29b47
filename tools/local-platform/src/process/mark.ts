import { linkOf, type ProcessRow, processTable } from '@odoobo/machine/process-table';

/** The variable in which every process of a platform carries its mark; its children inherit it, whatever their session. */
export const markVariable = 'LOCAL_PLATFORM_PROCESS';

const kinds = ['server', 'ingress', 'command', 'instance', 'database', 'development'] as const;

/** Identifies the owner of a process. */
export interface Mark {
  /** The folder of the platform, without symbolic links: it stays the same when the folder is deleted and made again. */
  root: string;
  /** A command is one of a build or of git; a `database` is a database server; `development` is a service that a developer runs beside the platform. */
  kind: (typeof kinds)[number];
  /** Which of that kind: for an instance `<deployment>.<component>.<number>`, for a server when it was started, for a database server its engine. */
  name: string;
  /** For an instance: the id of its app. */
  app?: string;
  /** For a process that ends with its starter: the starter, as `ownerOf` writes it. */
  owner?: string;
  /** For a process in a container: the mount namespace of the platform that started it. */
  mounts?: string;
  /** For a process in a container: the program that passes signals on to it. */
  client?: string;
}

/** The variable for the environment of a process. Percent-encoded: nothing in it ends an entry of what `ps` prints. */
export function markEnvironment({
  root,
  kind,
  name,
  app,
  owner,
  mounts,
  client,
}: Mark): Record<string, string> {
  const fields = {
    root,
    kind,
    name,
    ...(app !== undefined && { app }),
    ...(owner !== undefined && { owner }),
    ...(mounts !== undefined && { mounts }),
    ...(client !== undefined && { client }),
  };
  return { [markVariable]: new URLSearchParams(fields).toString() };
}

const markForm = new RegExp(`(?:^|[\\0 ])${markVariable}=([^\\0 ]*)`);

/** The mark in an environment, its entries separated by NUL or by spaces; undefined where there is none. */
export function readMark(environment: string): Mark | undefined {
  // Most of a machine's processes have none, and all of them are read again and again.
  if (!environment.includes(markVariable)) return undefined;
  const fields = new URLSearchParams(markForm.exec(environment)?.[1] ?? '');
  const [root, name] = [fields.get('root'), fields.get('name')];
  const kind = kinds.find((one) => one === fields.get('kind'));
  if (root === null || name === null || kind === undefined) return undefined;
  const [app, owner, mounts, client] = ['app', 'owner', 'mounts', 'client'].map((key) => fields.get(key));
  return {
    root,
    kind,
    name,
    ...(app && { app }),
    ...(owner && { owner }),
    ...(mounts && { mounts }),
    ...(client && { client }),
  };
}

/** The mark of this process. */
export function ownMark(): Mark | undefined {
  return readMark(`${markVariable}=${process.env[markVariable] ?? ''}`);
}

export interface MarkedRow extends ProcessRow {
  /**
   * What a process's environment says about it: `unmarked` if no platform started it; `unknown` if its environment cannot be
   * read, or is gone: some programs write their title over it.
   */
  mark: Mark | 'unmarked' | 'unknown';
}

/** Everything that runs on this machine, zombies included. */
export function markedProcesses(): Promise<MarkedRow[]> {
  return processTable().all((row, environment) => ({ ...row, mark: markOf(row, environment) }));
}

function markOf({ pid }: ProcessRow, environment: string): MarkedRow['mark'] {
  const mark = readMark(environment);
  // In a container that sees a folder of the same name it is another folder, unless it was started from here.
  if (mark) return (mark.mounts ?? mountsOf(pid)) === ownMounts() ? mark : 'unmarked';
  // Mostly the first variable decides.
  for (const [, name = ''] of environment.matchAll(/(?:^|[\0 ])(\w+)=/g)) {
    if (!selfMade.includes(name)) return 'unmarked';
  }
  return 'unknown';
}

/** The variables that shells and interpreters set by themselves, in a process that cleared all others. */
const selfMade = ['PWD', 'OLDPWD', 'SHLVL', '_', 'LC_CTYPE'];

/** The mount namespace of this process; empty where the system does not say. */
export function ownMounts(): string {
  return mountsOf('self');
}

function mountsOf(pid: number | 'self'): string {
  return linkOf(`/proc/${pid}/ns/mnt`);
}
