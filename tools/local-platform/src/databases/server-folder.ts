import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSignedCertificate } from './certificate.js';
import type { SystemUser } from './system-user.js';

/** The folder of a server while it is made. */
export interface UnfinishedFolder {
  folder: string;
  /** Of the user who may do everything. */
  password: string;
  /** Writes a file that only the server and root can read. */
  write(name: string, text: string): Promise<void>;
}

/** What a server of databases is reached with. */
export interface ServerFolder {
  /** Of the user who may do everything. */
  password: string;
  /** The server's, in PEM. */
  certificate: string;
}

/** The certificate in the folder of a server, and its key. */
export const certificateFile = 'server.crt';
export const keyFile = 'server.key';

/**
 * The folder in which a server of databases has its data, a password and a certificate. It is made once, and gets its name
 * when it is whole.
 * @param fill makes what else the server needs in it, such as its own tables
 */
export async function openServerFolder(
  place: string,
  user: SystemUser | undefined,
  fill: (unfinished: UnfinishedFolder) => Promise<void> = async () => undefined,
): Promise<ServerFolder> {
  const isThere = await readFile(join(place, certificateFile)).catch(() => undefined);
  if (!isThere) await make(place, user, fill);
  return {
    password: await readFile(join(place, 'password'), 'utf8'),
    certificate: await readFile(join(place, certificateFile), 'utf8'),
  };
}

async function make(
  place: string,
  user: SystemUser | undefined,
  fill: (unfinished: UnfinishedFolder) => Promise<void>,
): Promise<void> {
  const unfinished = `${place}.unfinished`;
  const own = async (file: string): Promise<void> => user && chown(file, user.uid, user.gid);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await own(unfinished);
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(unfinished, name), text, { mode: 0o600 });
    await own(join(unfinished, name));
  };
  const password = randomBytes(24).toString('hex');
  await write('password', password);
  const { certificate, privateKey } = selfSignedCertificate();
  await write(keyFile, privateKey);
  await write(certificateFile, certificate);
  await fill({ folder: unfinished, password, write });
  await rename(unfinished, place);
}
