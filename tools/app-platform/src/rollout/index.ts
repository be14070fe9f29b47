/*
 * Rollouts that are live: which one a spec carries out, and what its routers say. For code that shows and steers them; nothing
 * here calls the API.
 */
export { type RouterOrder, Routers, type RouterState, RouterTrouble, statePathIn } from './router-state.js';
export { rolloutIn, routerOf } from './specs.js';
