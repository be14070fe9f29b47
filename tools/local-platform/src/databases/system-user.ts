import { readFileSync } from 'node:fs';

export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * The user as whom servers of databases run that refuse to run as root: the one that the system has for them, else `nobody`.
 * Undefined where this process is not root's: then they run as its user.
 * @throws Error when the system has neither user
 */
export function unprivilegedUser(preferred: string): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const wanted of [preferred, 'nobody']) {
    const [, , uid, gid] = users.find(([name]) => name === wanted) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `Root cannot run this server, and there is no user ${preferred}. Start the platform as another user.`,
  );
}
