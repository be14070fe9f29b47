/*
 * The versions in the deployments of an app: where each comes from, how two differ, and which one a rollback goes
 * back to. For code that shows them; nothing here calls the API.
 */
export { differences } from './diff.js';
export { rollbackTargets, rolledBackFrom } from './history.js';
export { markOf } from './mark.js';
export { liveMarkOf } from './source-commit.js';
