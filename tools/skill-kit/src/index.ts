export { withDeadline } from './deadline.js';
export { SkillError, type ErrorBody, type ErrorDetail, type SkillErrorOptions } from './error.js';
export { serveSkill } from './serve.js';
export { createSkillServer, type SkillServer, type SkillServerOptions } from './server.js';
export { Turns } from './turns.js';
export {
  defineSkill,
  type InvokeContext,
  type Skill,
  type SkillExample,
  type SkillManifest,
} from './skill.js';
