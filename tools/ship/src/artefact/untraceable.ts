import type { LogLevel, Message, Plugin } from 'esbuild';
import { resolve } from 'node:path';

/** What esbuild says where it leaves an import as it is: https://esbuild.github.io/api/#log-override */
export const untraceable: Record<string, LogLevel> = {
  'unsupported-dynamic-import': 'warning',
  'unsupported-require-call': 'warning',
  // A folder that has no such file, or is not there.
  'empty-glob': 'warning',
};

const text =
  'Nobody can know before the service runs what this imports, so the artefact would lack it. Import it by a string, or name ' +
  'it in the manifest: files in "assets", packages in "external"';

/**
 * Looks for imports that no bundler can follow. Those of packages are the packages' business; they may load optional ones.
 *
 * @param refuse whether those of the workspace's own modules are errors
 * @param seen gets to know the modules of packages that have some
 */
export function untraceableImports(refuse: boolean, seen: (file: string) => void): Plugin {
  return {
    name: 'untraceable-imports',
    setup: ({ initialOptions, onEnd }) =>
      onEnd(({ warnings }) => {
        const found = warnings.filter(({ id, location }) => id in untraceable && location !== null);
        for (const { location } of found.filter((one) => !isOwn(one)))
          seen(resolve(initialOptions.absWorkingDir ?? '', location?.file ?? ''));
        return { errors: refuse ? found.filter(isOwn).map(({ location }) => ({ text, location })) : [] };
      }),
  };
}

function isOwn({ location }: Message): boolean {
  return !location?.file.split('/').includes('node_modules');
}
