import type { LogLevel, Message, Plugin } from 'esbuild';

/** What esbuild says where it leaves an import as it is: https://esbuild.github.io/api/#log-override */
export const untraceable: Record<string, LogLevel> = {
  'unsupported-dynamic-import': 'warning',
  'unsupported-require-call': 'warning',
};

const text =
  'Nobody can know before the service runs what this imports, so the artefact would lack it. Import it by a string, or name ' +
  'it in the manifest: files in "assets", packages in "external"';

/** Refuses the imports of the workspace's own modules that no bundler can follow. Those of packages are the packages' business. */
export function refuseUntraceable(): Plugin {
  return {
    name: 'untraceable-imports',
    setup: ({ onEnd }) =>
      onEnd(({ warnings }) => ({
        errors: warnings.filter(isOwn).map(({ location }) => ({ text, location })),
      })),
  };
}

function isOwn({ id, location }: Message): boolean {
  return id in untraceable && location !== null && !location.file.split('/').includes('node_modules');
}
