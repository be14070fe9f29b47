// Not compiled: it says what is missing where the packages were installed without being compiled.
async function load() {
  try {
    return await import('./dist/index.js');
  } catch (cause) {
    if (cause?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(
      '@odoobo/nx-skills is not compiled (was it installed with --ignore-scripts?). Run: npm run compile',
      {
        cause,
      },
    );
  }
}

export const { createNodes, postTasksExecution, preTasksExecution, name } = await load();
