export { readConfig, type RouterConfig, type RouterConfigInput, routerConfigSchema } from './config.js';
export { statePath } from './control.js';
export type { CountsReading } from './counts.js';
export type { Condition, Progress } from './plan.js';
export type { Command, Out, Phase, RouterState } from './rollout.js';
export { openRouter, type Router, type RouterOptions } from './router.js';
export type { ShadowReading } from './shadow.js';
export { variantHeader } from './split.js';
