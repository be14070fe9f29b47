import { execFileSync } from 'node:child_process';

/** Whether this machine has Go, for tests against what DigitalOcean publishes as Go modules. */
export const hasGo = (() => {
  try {
    return execFileSync('go', ['version']).length > 0;
  } catch {
    return false;
  }
})();
