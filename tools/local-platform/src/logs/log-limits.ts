const mebibyte = 1024 * 1024;

/** How large a log may grow, and what is left of it when it is cut; in bytes. */
export interface LogLimit {
  readonly most: number;
  readonly kept: number;
}

/** Of what a build prints, and a service or a job while it runs; and of `server.log` and `ingress.log`. */
export const printedLimit: LogLimit = { most: 10 * mebibyte, kept: 5 * mebibyte };

/** Of what the platform itself says of a deployment. */
export const ownLimit: LogLimit = { most: 2 * mebibyte, kept: mebibyte };

/** The longest message that the platform writes at once; of a longer one the end is kept. In characters. */
export const longestMessage = 64 * 1024;
