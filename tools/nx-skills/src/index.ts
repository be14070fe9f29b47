export { createNodes } from './inference/create-nodes.js';
export { preTasksExecution } from './terminal/own-terminal.js';
export const name = '@odoobo/nx-skills';
