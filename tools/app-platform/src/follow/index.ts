export {
  followApp,
  NoSuchLog,
  type FollowOptions,
  type LogFrame,
  type LogSource,
  type LogStart,
  type Said,
  type Standing,
} from './follow-app.js';
