const mebibyte = 1024 * 1024;

/** How large a log may grow, and how much of it stays when it is cut; in bytes. */
export interface LogLimit {
  readonly most: number;
  readonly kept: number;
}

/** For the output of a build, of a service or a job while it runs, and for `server.log` and `ingress.log`. */
export const printedLimit: LogLimit = { most: 10 * mebibyte, kept: 5 * mebibyte };

/** For the platform's own messages about a deployment. */
export const ownLimit: LogLimit = { most: 2 * mebibyte, kept: mebibyte };

/** The longest message that the platform writes at once; of a longer one the end is kept. In characters. */
export const longestMessage = 64 * 1024;
