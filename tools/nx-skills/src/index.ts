export { createNodes } from './inference/create-nodes.js';
export { postTasksExecution } from './hooks/post-tasks-execution.js';
export { preTasksExecution } from './hooks/pre-tasks-execution.js';
export const name = '@odoobo/nx-skills';
