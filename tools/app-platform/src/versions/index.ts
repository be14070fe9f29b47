/*
 * What the deployments of an app say of its versions: where each comes from, how two differ, and which of them a rollback goes
 * back to. For those who show them; nothing here calls the API.
 */
export { differences } from './diff.js';
export { rollbackTargets, rolledBackFrom } from './history.js';
export { liveMarkOf } from './source-commit.js';
