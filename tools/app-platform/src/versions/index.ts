/*
 * The versions in the deployments of an app: where each comes from, how two differ, and which one a rollback goes
 * back to. For code that shows them; nothing here calls the API.
 */
export { differences } from './diff.js';
export {
  heldAt,
  scaleScheduleSchema,
  type ScheduledSize,
  scheduleOf,
  withSchedule,
} from './scale-schedule.js';
export {
  type Load,
  loadProblem,
  loadSchema,
  type NeededInstances,
  neededInstances,
  neededInstancesSchema,
} from './load.js';
export { scheduleCost } from './schedule-cost.js';
export { sizeFields, sizeProblem } from './size-fields.js';
export { rescaled } from './rescale.js';
export { markOf, withMark } from './mark.js';
export { rollbackTargets, rolledBackFrom } from './history.js';
export { liveMarkOf } from './source-commit.js';
