export { InvalidArgumentError, Option, type Command } from 'commander';
export { addCompletion } from './completion.js';
export { createProgram, exitCodes } from './program.js';
export { runProgram, runs } from './run-program.js';
export { UsageError } from './usage-error.js';
