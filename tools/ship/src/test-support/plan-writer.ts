import { keepPlan } from '../plan/keep-plan.js';
import { planPartSchema } from '../plan/plan.js';

// A process that plans. Arguments: its workspace, the file for the plan, and its part of the plan.
const [root = '', file, part = ''] = process.argv.slice(2);
keepPlan(planPartSchema.parse(JSON.parse(part)), root, file);
