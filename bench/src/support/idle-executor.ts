import type { Workspace } from '@odoobo/e2e/workspace';

const root = 'tools/idle';

/** Does only what an executor must do for a batch of tasks: reports that each has ended. */
const implementation = `
exports.default = async () => ({ success: true });
exports.batch = async function* ({ tasks }) {
  for (const task of Object.keys(tasks)) {
    const now = Date.now();
    yield { task, result: { success: true, terminalOutput: '', startTime: now, endTime: now } };
  }
};
`;

const executors = {
  executors: {
    idle: {
      implementation: './idle.cjs',
      batchImplementation: './idle.cjs#batch',
      preferBatch: true,
      schema: './schema.json',
      description: 'Does nothing.',
    },
  },
};

/** Adds the executor `./tools/idle:idle`: it does nothing; like the deploy executor, it is local to the workspace and batched. */
export async function addIdleExecutor(workspace: Pick<Workspace, 'write'>): Promise<void> {
  const manifest = { name: 'idle', version: '0.0.0', executors: './executors.json' };
  const schema = { $schema: 'http://json-schema.org/schema', type: 'object', properties: {} };
  const files = { 'package.json': manifest, 'executors.json': executors, 'schema.json': schema };
  for (const [name, content] of Object.entries(files)) {
    await workspace.write(`${root}/${name}`, JSON.stringify(content));
  }
  await workspace.write(`${root}/idle.cjs`, implementation);
}
