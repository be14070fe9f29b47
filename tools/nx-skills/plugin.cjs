'use strict';
// Nx loads this for each of its commands; before Nx 23 it does so with `require`. So it is CommonJS, is not compiled, and loads
// nothing before Nx needs it: a package that lacks its compiled files fails with a clear message.

/** As in src/inference/create-nodes.ts: Nx reads it before it calls anything here. */
const manifests = '{nx.json,**/skill.json,**/package.json,**/project.json}';

async function load() {
  try {
    return await import('./dist/index.js');
  } catch (cause) {
    if (cause?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(
      '@odoobo/nx-skills is not compiled (was it installed with --ignore-scripts?). Run: npm run compile',
      { cause },
    );
  }
}

const createNodes = [manifests, async (...args) => (await load()).createNodes[1](...args)];

// Assigned one by one, so that ES modules can import them by name.
exports.name = '@odoobo/nx-skills';
exports.createNodes = createNodes;
// The name of the same before Nx 23.
exports.createNodesV2 = createNodes;
exports.preTasksExecution = async (...args) => (await load()).preTasksExecution(...args);
exports.postTasksExecution = async (...args) => (await load()).postTasksExecution(...args);
