import { afterEach, beforeEach, expect, it } from 'vitest';
import { preTasksExecution } from './pre-tasks-execution.js';

const keys = ['NX_TUI', 'NX_TASKS_RUNNER_DYNAMIC_OUTPUT', 'NX_SKIP_LOG_GROUPING'];
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  before = { ...process.env };
  for (const key of keys) delete process.env[key];
});
afterEach(() => {
  process.env = before;
});

async function takesTerminal(...words: string[]): Promise<boolean> {
  const argv = ['node', 'nx', ...words];
  await preTasksExecution(undefined, { id: '1', workspaceRoot: '/', nxJsonConfiguration: {}, argv });
  return process.env['NX_TUI'] === 'false';
}

it.each([
  ['run-many', '-t', 'deploy'],
  ['affected', '--targets=build,deploy'],
  ['run', 'pr-review:deploy:production'],
  ['deploy', 'pr-review'],
  ['run-many', '-t', 'healthcheck'],
  ['run-many', '-t', 'plan', '--fail-on-change'],
  ['run', 'pr-review:smoke-test'],
  ['rollback', 'pr-review', '--pin'],
  ['monitor', '--interval=1'],
])('takes the terminal for nx %s %s %s', async (...words) => {
  expect(await takesTerminal(...words)).toBe(true);
});

it.each([
  ['run-many', '-t', 'build'],
  ['run', 'deploy-notes:build'],
  ['run-many', '-t', 'deploy', '--tui'],
  ['run-many', '-t', 'deploy', '--outputStyle=stream'],
])('leaves the terminal to Nx for nx %s %s %s %s', async (...words) => {
  expect(await takesTerminal(...words)).toBe(false);
});
