export { readConfig, type RouterConfig, type RouterConfigInput, routerConfigSchema } from './config.js';
export type { CountsReading } from './counts.js';
export { openRouter, type Router, type RouterOptions } from './router.js';
export type { ShadowReading } from './shadow.js';
export { type Out, type RouterState, statePath, variantHeader } from './split.js';
