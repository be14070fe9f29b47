import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hostPath } from '../process/host-path.js';

/**
 * The variables of this process's environment that a build gets besides those of the spec: where packages come from, and how to
 * reach that. Nothing else: a repository's scripts must not see a token in the platform's own environment.
 */
const handedOn = [
  /^(https?|all|no)_proxy$/i,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/,
  /^npm_config_(registry|cafile|proxy|https_proxy|noproxy|strict_ssl|userconfig)$/i,
  /^(YARN_REGISTRY|YARN_NPM_REGISTRY_SERVER|COREPACK_NPM_REGISTRY|COREPACK_INTEGRITY_KEYS)$/,
  /^GO(PROXY|SUMDB|NOSUMDB|PRIVATE|NOPROXY|INSECURE|TOOLCHAIN)$/,
  /^PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|FIND_LINKS|NO_INDEX|CERT|PROXY|CONFIG_FILE|DEFAULT_TIMEOUT)$/,
];

/**
 * The whole environment of a build's commands.
 * @param home Of all builds: what tools cache there, such as npm's downloads, the next build finds.
 * @param ceiling A folder above the build's, where git looks no further: it would find the repository around it.
 */
export async function buildEnvironment(
  env: Record<string, string>,
  { home, ceiling, path }: { home: string; ceiling: string; path: readonly string[] },
): Promise<Record<string, string>> {
  return {
    ...(await personalConfiguration()),
    ...downloadEnvironment(),
    CI: 'true',
    ...corepackEnvironment(home),
    ...(await headersOfNode()),
    YARN_ENABLE_TELEMETRY: '0',
    npm_config_cache: join(home, 'npm'),
    // A build needs the development dependencies, even if NODE_ENV is `production` in it.
    npm_config_include: 'dev',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    // Go makes its folders of modules read-only, and only root could delete them then.
    GOFLAGS: '-modcacherw',
    PIP_CACHE_DIR: join(home, 'pip'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    GIT_CEILING_DIRECTORIES: ceiling,
    GIT_TERMINAL_PROMPT: '0',
    ...env,
    HOME: home,
    PATH: hostPath(path),
  };
}

/** Of corepack and what it calls: also at run time, where it finds what a build has downloaded. */
export function corepackEnvironment(home: string): Record<string, string> {
  return {
    COREPACK_HOME: join(home, 'corepack'),
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    COREPACK_ENABLE_AUTO_PIN: '0',
    // Without node_modules nothing could be copied from build to build.
    YARN_NODE_LINKER: 'node-modules',
  };
}

/**
 * Where packages with code in C++ find the headers of this Node, which are otherwise downloaded for each of its versions:
 * https://github.com/nodejs/node-gyp#command-options
 */
async function headersOfNode(): Promise<Record<string, string>> {
  const folder = dirname(dirname(process.execPath));
  const header = await stat(join(folder, 'include/node/node.h')).catch(() => undefined);
  return header ? { npm_config_nodedir: folder } : {};
}

/** What this process's environment says about where packages come from, and how to reach that. */
export function downloadEnvironment(): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(process.env)) {
    // npm takes its names in any case; in two cases at once, either may win.
    if (handedOn.some((form) => form.test(name)))
      own[/^npm_/i.test(name) ? name.toLowerCase() : name] = value;
  }
  return own;
}

/** The person's npm and pip configuration: the home of a build is another, where neither tool would find it. */
async function personalConfiguration(): Promise<Record<string, string>> {
  const npmrc = await firstThere('.npmrc');
  const pip = await firstThere(
    'Library/Application Support/pip/pip.conf',
    '.config/pip/pip.conf',
    '.pip/pip.conf',
  );
  return { ...(npmrc && { npm_config_userconfig: npmrc }), ...(pip && { PIP_CONFIG_FILE: pip }) };
}

async function firstThere(...names: string[]): Promise<string | undefined> {
  for (const name of names) {
    const file = join(homedir(), name);
    if (await stat(file).catch(() => undefined)) return file;
  }
  return undefined;
}
