const firstDelayMs = 250;
const longestDelayMs = 10_000;

/**
 * How long to wait before the next try: full jitter, so that many clients do not retry at the same time
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param tries how many tries there were so far, from 1
 * @returns milliseconds
 */
export function backoff(tries: number, baseMs = firstDelayMs, capMs = longestDelayMs): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** (tries - 1));
}
