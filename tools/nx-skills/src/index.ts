export { createNodes } from './inference/create-nodes.js';
export { preTasksExecution } from './hooks/pre-tasks-execution.js';
export const name = '@odoobo/nx-skills';
