export {
  followApp,
  NoSuchLog,
  type FollowOptions,
  type LogSource,
  type LogStart,
  type Said,
  type Standing,
} from './follow-app.js';
export { errorIn } from './log-error.js';
export type { LogFrame } from './log-frame.js';
