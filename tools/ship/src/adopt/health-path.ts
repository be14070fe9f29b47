import type { ProjectFiles } from './project-files.js';

/**
 * A route that services answer to say that they are healthy: quoted with its slash, or, as Nest and Django write it, without. Go may put the method before it.
 * Not any quoted word: `ping` is also the name of an event.
 */
const healthRoute =
  /(?:["'`](?:GET )?\/|\b(?:Controller|path)\(\s*["'])((?:[\w-]+\/)*(?:health|healthz|healthcheck|livez|readyz|ping)\/?)["'`]/;

const code = /\.(?:[cm]?[jt]sx?|py|go|rb|php|rs|java|kt|cs)$/;
const isTest = /(^|\/)(?:tests?|__tests__|e2e)\/|\.(?:test|spec)\.|(^|\/)test_|_test\.go$/;

/** Most of the files of a service; a larger one says where its health path is. */
const mostFiles = 500;

/** The route in the code of a project that looks like that of its health; undefined if there is none. */
export function findHealthPath(files: ProjectFiles): string | undefined {
  const { paths, read } = files;
  const prefix = nestPrefix(files);
  const sources = paths.filter((path) => code.test(path) && !isTest.test(path)).slice(0, mostFiles);
  for (const path of sources) {
    const [, route] = healthRoute.exec(read(path) ?? '') ?? [];
    if (route !== undefined) return `${prefix}/${route}`;
  }
  return prefix === '' ? undefined : prefix;
}

/** What Nest puts before all its routes; empty if it does not. https://docs.nestjs.com/faq/global-prefix */
function nestPrefix({ read }: ProjectFiles): string {
  const text = read('src/main.ts') ?? '';
  const [, quoted, name] = /\.setGlobalPrefix\(\s*(?:["'`]([^"'`]+)["'`]|(\w+))/.exec(text) ?? [];
  const prefix =
    quoted ?? (name && new RegExp(String.raw`\b${name}\s*=\s*["'\x60]([^"'\x60]+)["'\x60]`).exec(text)?.[1]);
  return prefix ? `/${prefix.replace(/^\/|\/$/g, '')}` : '';
}
